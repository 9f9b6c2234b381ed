"""What areas reported while a notice is in force, once the ministry has made it public."""

from dataclasses import replace

from django.db.models import Prefetch, QuerySet

from ..models import Report, ReportLine, ReportPeriod
from .parameters import COMPARED, chosen
from .reading import Listing
from .serializers import reports

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
