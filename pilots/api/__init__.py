"""The record as data: `/api/v1/`, a `.json` beside every page, and what pages say of themselves to machines."""
