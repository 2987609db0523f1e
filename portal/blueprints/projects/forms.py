"""The forms of projects, units and teams."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from wtforms import BooleanField, Field
from wtforms.validators import InputRequired

from portal.domain.errors import Overtaken, Refusal
from portal.domain.permissions import Roles
from portal.models.organizations import Organization, Project
from portal.models.projects import Unit
from portal.web.fields import CheckboxGroup, Entered, FilterForm, Form, text_field
from portal.web.filters import Choice, choices


class Search(FilterForm):
    """A part of a project's name or id."""

    q = text_field("Name or ID", longest=100)


class NameForm(Form):
    """What a unit or team is to be called."""

    name = text_field("Name", required="Enter a name.", longest=64)


class ProjectForm(NameForm):
    """What a project is to be called, and in which unit it stands."""

    unit = Choice("Unit", default="")

    def __init__(self, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if units:
            self.unit.choices = choices("No unit", ((unit.hex_id, unit.name) for unit in units))
        else:
            del self.unit


class ConfirmationForm(Form):
    """The name of what is to be deleted, typed once more."""

    name = text_field("Its name", required="Enter the name, to show that you mean this one.", longest=100)

    def confirms(self, name: str) -> bool:
        """Whether the form is filled in, with this name."""
        if not self.validate():
            return False
        if self.name.data != name:
            self.name.errors = [f"This is not its name. Enter “{name}”."]
        return not self.name.errors


class MoveForm(Form):
    """Where a project is to go on."""

    organization = Choice("Organization", validators=[Entered("Choose an organization.")])
    understood = BooleanField(
        "What it has used until now stays here and is billed here", validators=[InputRequired("Tick this, to go on.")]
    )

    def __init__(self, targets: Iterable[Organization]) -> None:
        super().__init__()
        self.organization.choices = choices("Choose…", ((target.slug, target.name) for target in targets))


class RolesForm(Form):
    """All roles that somebody is to hold in one project by themselves."""

    role = CheckboxGroup("Roles", validators=[InputRequired("Choose at least one role, or remove the person.")])

    def __init__(self, roles: Roles, held: Collection[str]) -> None:
        super().__init__(role=[*held])
        self.role.choices = [(role.key, role.name) for role in roles.project.values()]


class PersonForm(Form):
    """A member of the organization, by their address."""

    email = text_field("E-mail address", required="Enter an e-mail address.", longest=254)


class ProjectPersonForm(PersonForm):
    """A person who is to have a role in a project."""

    role = Choice("Role", validators=[Entered("Choose a role.")])

    def __init__(self, roles: Roles) -> None:
        super().__init__()
        self.role.choices = choices("Choose…", ((role.key, role.name) for role in roles.project.values()))


class TeamRoleForm(Form):
    """A role that a team is to have in a project."""

    project = Choice("Project", validators=[Entered("Choose a project.")])
    role = Choice("Role", validators=[Entered("Choose a role.")])

    def __init__(self, projects: Iterable[Project], roles: Roles) -> None:
        super().__init__()
        self.project.choices = choices("Choose…", ((project.hex_id, project.name) for project in projects))
        self.role.choices = choices("Choose…", ((role.key, role.name) for role in roles.project.values()))


def is_done(act: Callable[[], object], beside: Field) -> bool:
    """Do `act`; what it refuses stands beside the field, unless what was seen has changed since."""
    try:
        act()
    except Overtaken:
        raise
    except Refusal as refusal:
        beside.errors = [str(refusal)]
        return False
    return True
