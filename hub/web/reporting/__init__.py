"""Pages for those who report: writing, drafts, sheets, deadlines, approvals, changes of mind."""
