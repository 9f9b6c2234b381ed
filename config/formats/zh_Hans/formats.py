"""How officials write dates and times: what is shown first is what comes back unchanged (Django's own zh-Hans
formats cut the seconds and don't know their own 2026年9月5日)."""

DATE_INPUT_FORMATS = [
    "%Y-%m-%d",  # 2026-09-05
    "%Y年%m月%d日",  # 2026年9月5日
    "%Y 年 %m 月 %d 日",
    "%Y/%m/%d",
    "%Y.%m.%d",
]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"]
DATETIME_INPUT_FORMATS = [f"{date} {time}" for date in DATE_INPUT_FORMATS for time in TIME_INPUT_FORMATS]
