"""The forms of people: the filter of their list, inviting, and joining with a new account."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import PasswordField, SelectField, TextAreaField
from wtforms.validators import Length, ValidationError

from portal.domain.permissions import Grants, ProjectRole, Roles
from portal.models.organizations import Project
from portal.web.fields import CheckboxGroup, Entered, FilterForm, Form, SelectChoice, text_field

NOT_LISTED = "Choose one of the list."


class MemberSearch(FilterForm):
    """Whom the list shows."""

    q = text_field("Name or e-mail address", longest=100)
    role = SelectField("Role", default="", validate_choice=False)
    project = SelectField("Project", default="", validate_choice=False)

    def offer(self, roles: Roles, projects: Sequence[Project]) -> None:
        """What can be chosen here."""
        everywhere = [SelectChoice(key, role.name) for key, role in roles.organization.items()]
        single = [SelectChoice(key, f"{role.name} (in a project)") for key, role in roles.project.items()]
        self.role.choices = [SelectChoice("", "Any"), *everywhere, *single]
        self.project.choices = [SelectChoice("", "Any"), *(SelectChoice(one.hex_id, one.name) for one in projects)]

    def validate_role(self, field: SelectField) -> None:
        """One that the catalogue has."""
        _check_listed(field)

    def validate_project(self, field: SelectField) -> None:
        """One that the person may see."""
        _check_listed(field)


class InviteForm(Form):
    """Whom to invite, and which roles they get."""

    addresses = TextAreaField(
        "E-mail addresses",
        validators=[Entered("Enter at least one e-mail address."), Length(max=50_000, message="Enter less at once.")],
    )
    role = CheckboxGroup("Roles in the organization")
    project = CheckboxGroup("Projects")
    project_role = CheckboxGroup("Roles in these projects")

    def offer(self, roles: Roles, project_roles: Sequence[ProjectRole], projects: Sequence[Project]) -> None:
        """What can be given here; without projects there are no fields about them."""
        self.role.choices = [(key, role.name) for key, role in roles.organization.items()]
        self.project.choices = [(one.hex_id, one.name) for one in projects]
        self.project_role.choices = [(role.key, role.name) for role in project_roles]
        if not projects or not project_roles:
            del self.project, self.project_role
        if not roles.organization:
            del self.role

    def validate_project(self, field: CheckboxGroup) -> None:
        """Roles in projects need projects."""
        if self.project_role.data and not field.data:
            raise ValidationError("Choose in which projects the roles are.")

    def validate_project_role(self, field: CheckboxGroup) -> None:
        """Projects need roles."""
        if self.project.data and not field.data:
            raise ValidationError("Choose at least one role for these projects.")

    def offered(self, projects: Sequence[Project]) -> Grants:
        """The roles that were chosen."""
        chosen = set(self.project.data or ()) if "project" in self else set()
        keys = frozenset(self.project_role.data or ()) if "project_role" in self else frozenset()
        organization = frozenset(self.role.data or ()) if "role" in self else frozenset()
        return Grants(organization, {one.id: keys for one in projects if one.hex_id in chosen})


class JoinForm(Form):
    """Who one is, for an account that does not exist yet."""

    name = text_field("Your name", required="Enter your name.")
    new_password = PasswordField("New password", validators=[Entered("Enter a new password.")])


def _check_listed(field: SelectField) -> None:
    if field.data not in [choice.data for choice in field]:
        raise ValidationError(NOT_LISTED)
