"""Model card and report: one self-contained page for each selected model, made from stored tables only.

`facts` reads and sums up, `plots` draws, `page` puts it in words. Belongs here: what a person reads. Does not: any
figure that is not in the registry, or anything that changes what a model says.
"""

from ml.report.facts import Facts, Subject, collect
from ml.report.page import Page, render

__all__ = ["Facts", "Page", "Subject", "collect", "render"]
