"""The documentation as a site: ``make docs`` builds it into out/site; every warning is an error there."""

from typing import Any

from onlinecei import __version__

project, author = "onlinecei", "the developers of onlinecei"
version = release = __version__

extensions = [
    "myst_nb",                # pages in Markdown, and notebooks
    "sphinx.ext.autodoc",     # the Python interface from its docstrings
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]  # fmt: skip
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the tests run the notebooks
suppress_warnings = ["myst.domains"]
exclude_patterns = ["images/README.md"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = False

html_theme = "furo"
html_title = f"onlinecei {version}"
html_theme_options: dict[str, Any] = {"navigation_with_keys": True}
html_show_sourcelink = False
