"""What a case is about beside its text: affected projects and services, and an invoice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.cases import Case, CaseProject
from portal.models.invoices import Invoice
from portal.models.organizations import Project


def affected(session: Session, case: Case) -> Sequence[tuple[Project, str]]:
    """The affected projects, each with the name of a service in it or without one, by name."""
    query = (
        select(Project, CaseProject.service)
        .join(CaseProject, CaseProject.project_id == Project.id)
        .where(CaseProject.case_id == case.id)
        .order_by(Project.name, CaseProject.service)
    )
    return [(project, service) for project, service in session.execute(query)]


def invoice_of(session: Session, case: Case) -> Invoice | None:
    """The invoice that the case is about; without one nothing is asked."""
    return session.get(Invoice, case.invoice_id) if case.invoice_id is not None else None
