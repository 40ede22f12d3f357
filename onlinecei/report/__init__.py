"""A result to look at: one page that needs nothing else, and its figures as files."""

from onlinecei.report.figures import drawings, write_figures
from onlinecei.report.page import MARK, report_page

__all__ = ["MARK", "drawings", "report_page", "write_figures"]
