"""Every table, imported in one place so that the metadata is whole."""

from models import (
    account,
    api_root,
    audience,
    audit,
    codelist,
    collection,
    delegation,
    embargo,
    erasure,
    grant,
    job,
    key_request,
    organization,
    organization_change,
    peer,
    policy,
    push,
    recall,
    report,
    search,
    sharing_list,
    signing,
    stix_object,
    witnessing,
)
from models.base import Base

__all__ = ["metadata"]

metadata = Base.metadata
_ALL = (
    account,
    api_root,
    audience,
    audit,
    codelist,
    collection,
    delegation,
    embargo,
    erasure,
    grant,
    job,
    key_request,
    organization,
    organization_change,
    signing,
    peer,
    policy,
    push,
    recall,
    report,
    search,
    sharing_list,
    stix_object,
    witnessing,
)
