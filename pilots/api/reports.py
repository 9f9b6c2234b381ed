"""What areas reported while a notice is in force, once the ministry has made it public."""

from dataclasses import replace

from django.db.models import Prefetch, QuerySet

from ..models import Report, ReportLine, ReportPeriod
from .parameters import COMPARED, chosen
from .reading import Listing
from .serializers import reports
from .viewsets import WithdrawableRecord

_LINES = ReportLine.objects.select_related("priority", "document__region").order_by("priority__number")


class ReportList(Listing):
    """各地区已公开的季度报送和年度总结，按地区和时间排列。"""

    queryset = (
        Report.objects.select_related("region")
        .prefetch_related(Prefetch("lines", _LINES))
        .order_by("region__notice", "region__serial", "year", "period")
    )
    serializer_class = reports.ReportSerializer
    filters = (
        replace(COMPARED, meaning="先行示范地区，可重复"),
        chosen("period", "报告期，可重复", lambda state: ReportPeriod.values),
    )
    about, about_column = "region", "region_id"

    def selected(self) -> QuerySet:
        columns = {"region": "region__slug__in", "period": "period__in"}
        return (
            super().selected().filter(**{at: self.params[name] for name, at in columns.items() if self.params[name]})
        )


RECORD = WithdrawableRecord.as_view(
    summary="一个地区一期的报送。",
    queryset=ReportList.queryset,
    serializer_class=reports.ReportSerializer,
    lookups={"region": "region__slug", "year": "year", "period": "period"},
    withdrawable="region",
    about="region",
    about_column="region_id",
)
