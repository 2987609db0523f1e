"""The filters of the access matrix: about what, of whom, and in which project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.domain.action_nouns import Noun
from portal.domain.action_words import ACTION_WORDS
from portal.domain.permissions import Action
from portal.models.organizations import Project
from portal.web.fields import FilterForm, SelectChoice, text_field
from portal.web.filters import ALL, Choice, choices


class ProjectFilter(FilterForm):
    """Of which project actions in projects are asked; of all that the person may see, where none is chosen."""

    project = Choice("Project", default=ALL)

    def offer_projects(self, projects: Sequence[Project]) -> None:
        """Those that can be chosen."""
        self.project.choices = choices("All projects", ((one.hex_id, one.name) for one in projects))

    def chosen(self, projects: Sequence[Project]) -> dict[int, str]:
        """The names of the projects that are asked about, by their keys."""
        return {one.id: one.name for one in projects if self.project.data in {ALL, one.hex_id}}


class MatrixFilter(ProjectFilter):
    """What the matrix shows: all actions of a noun, or one action with those alone who can do it."""

    in_order = ("what", "q", "project")

    what = Choice("What", default=ALL)
    q = text_field("Name or e-mail address", longest=100)

    def offer_actions(self, grouped: Mapping[Noun, Sequence[Action]]) -> None:
        """The nouns and their actions; the first noun is what one sees without choosing."""
        self.what.choices = [
            choice
            for noun, actions in grouped.items()
            for choice in (
                SelectChoice(noun.name.lower(), f"All of {noun.value}", optgroup=noun.value),
                *(SelectChoice(one.value, f"Who can {ACTION_WORDS[one]}", optgroup=noun.value) for one in actions),
            )
        ]
        self.what.data = self.what.data or next(iter(grouped)).name.lower()

    @property
    def is_narrow(self) -> bool:
        """Whether somebody or something is left out."""
        return bool(self.q.data or self.project.data or self.who_can)

    @property
    def who_can(self) -> Action | None:
        """The one action that was chosen, if it is one."""
        return Action(self.what.data) if self.what.data in set(Action) else None

    def columns(self, grouped: Mapping[Noun, Sequence[Action]]) -> Sequence[Action]:
        """The actions that are shown."""
        if self.who_can:
            return (self.who_can,)
        return next(actions for noun, actions in grouped.items() if noun.name.lower() == self.what.data)
