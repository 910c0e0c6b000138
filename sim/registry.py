"""What a scenario may name: of each kind of variant one registry, and of each variant one class.

A variant is a frozen dataclass. Its class says what it is; its fields are its parameters, with defaults:

    @mechanisms.register
    @dataclass(frozen=True)
    class Mine(Mechanism):
        name, meaning, source = "mine", "what it does, in a few words", "who published it"
        k: float = parameter(0.5, "where in the interval the price lies", least=0, most=1)

Schema, documentation, reports, page and estimates read names, meanings and parameters here and nowhere else.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

V = TypeVar("V")
Number = int | float
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""What variants may be called."""
_origin: list[str] = []
"""The plug-in that is being loaded, if one is."""
_registries: list["Registry[Any]"] = []


@dataclass(frozen=True)
class Parameter:
    """A number that a scenario may set for a variant; whole where its default is.

    least, most: bounds, both allowed
    """

    name: str
    default: Number
    meaning: str
    unit: str
    least: Number
    most: Number

    def value_of(self, given: Number) -> Number:
        """The value as the variant takes it. Raises ValueError where it is not in range, or not whole."""
        if not self.least <= given <= self.most:
            raise ValueError(f"{self.name} = {given:g} should be between {self.least:g} and {self.most:g}")
        if isinstance(self.default, int):
            if given != int(given):
                raise ValueError(f"{self.name} = {given:g} should be a whole number")
            return int(given)
        return float(given)


def parameter(default: Number, meaning: str, unit: str = "", *, least: Number, most: Number) -> Any:
    """A variant's field that a scenario may set."""
    said = Parameter("", default, meaning, unit, least, most)
    return field(default=default, metadata={"parameter": said})


def parameters_of(variant: type[Any]) -> tuple[Parameter, ...]:
    """What can be set of a variant."""
    return tuple(replace(each.metadata["parameter"], name=each.name) for each in fields(variant) if each.init)


class Registry(Generic[V]):
    """All variants of one kind, by name, in the order in which they were registered.

    kind:     what they are, as in "no mechanism is called ..."
    base:     the class that they all have as a base
    settable: whether a scenario can set parameters of them
    in_scenarios: whether a scenario names them
    """

    def __init__(self, kind: str, base: type[V], settable: bool = True, in_scenarios: bool = True) -> None:
        self.kind, self.base, self.settable, self.in_scenarios = kind, base, settable, in_scenarios
        self._variants: dict[str, type[V]] = {}
        self._origins: dict[str, str] = {}
        self._standing_in: set[str] = set()
        _registries.append(self)

    def register(self, variant: type[V]) -> type[V]:
        """Make a variant known; for use as a decorator.

        A class that a notebook defines anew takes the older one's place. Raises TypeError where a class does
        not say all that a variant has to say, ValueError where another one has its name.
        """
        self._check(variant)
        name: str = variant.name  # type: ignore[attr-defined]
        anew = variant.__module__ == "__main__" == getattr(self._variants.get(name), "__module__", "")
        if name in self._variants and not anew:
            raise ValueError(f'there is a {self.kind} called "{name}" already')
        self._variants[name] = variant
        if _origin:
            self._origins[name] = _origin[-1]
        return variant

    def forget(self, origin: str) -> None:
        """Unregister what came from a plug-in."""
        for name in [name for name, own in self._origins.items() if own == origin]:
            del self._variants[name], self._origins[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(self._variants)

    def __iter__(self) -> Iterator[type[V]]:
        return iter(tuple(self._variants.values()))

    def __contains__(self, name: object) -> bool:
        return name in self._variants

    def __getitem__(self, name: str) -> type[V]:
        """The variant of a name. Raises ValueError where there is none."""
        self.check(name)
        return self._variants[name]

    def check(self, name: str) -> str:
        """The name itself. Raises ValueError where no variant has it."""
        if name not in self._variants:
            known = ", ".join(self._variants)
            raise ValueError(
                f'no {self.kind} is called "{name}": should be one of {known}; '
                "one of your own has to be registered first, by --plugin FILE or sim.plugin(FILE)"
            )
        return name

    def make(self, name: str, values: Mapping[str, Number] | None = None) -> V:
        """A variant with parameters; what is absent has its default.

        Raises ValueError where name, parameter or value is none that it can have.
        """
        variant, given = self[name], dict(values or {})
        if name in self._standing_in:
            return variant()
        known = {each.name: each for each in parameters_of(variant)}
        if unknown := sorted(set(given) - set(known)):
            has = ", ".join(known) or "none"
            raise ValueError(f'{self.kind} "{name}" has no parameter {unknown[0]}; it has {has}')
        return variant(**{key: known[key].value_of(value) for key, value in given.items()})

    @contextmanager
    def standing_in(self, variant: type[V]) -> Iterator[None]:
        """A variant that stands in, within the block, for one that is not here, whatever is set of it."""
        self.register(variant)
        name: str = variant.name  # type: ignore[attr-defined]
        self._standing_in.add(name)
        try:
            yield
        finally:
            self._standing_in.discard(name)
            del self._variants[name]

    def stands_in(self, name: str) -> bool:
        """Whether a variant is none but stands in for one."""
        return name in self._standing_in

    def origin(self, name: str) -> str | None:
        """The plug-in that a variant came from, by its digest; None for those that zkpet has."""
        return self._origins.get(name)

    def _check(self, variant: type[V]) -> None:
        if not (isinstance(variant, type) and issubclass(variant, self.base)):
            raise TypeError(f"{variant} should be a class with {self.base.__name__} as its base")
        label = f"{self.kind} {variant.__name__}"
        made = vars(variant).get("__dataclass_params__")  # its own: what a base is, it need not be
        if made is None or not made.frozen:
            raise TypeError(f"{label} should be a frozen dataclass")
        for said in ("name", "meaning", "source"):
            if not isinstance(getattr(variant, said, None), str):
                raise TypeError(f"{label} should say its {said}, as text")
        if not NAME.fullmatch(variant.name):  # type: ignore[attr-defined]
            raise TypeError(f"{label} should have a name of a-z, 0-9 and -, at most 64")
        if missing := sorted(getattr(variant, "__abstractmethods__", ())):
            raise TypeError(f"{label} should have {missing[0]}()")
        for each in fields(variant):  # type: ignore[arg-type]
            if each.init and not ("parameter" in each.metadata and self.settable):
                can = "be a parameter(...)" if self.settable else "go: no scenario can set it"
                raise TypeError(f"{label}: {each.name} should {can}")
        for known in parameters_of(variant):
            known.value_of(known.default)


def checked_parameters(
    given: Mapping[str, Mapping[str, Number]], registries: Sequence[Registry[Any]]
) -> dict[str, dict[str, Number]]:
    """Parameters by the name of a variant of one of these kinds, sorted; without variants that have none set.

    Raises ValueError where no variant has that name, parameter or value.
    """
    for name, values in given.items():
        kinds = [registry for registry in registries if name in registry]
        if not kinds:
            raise ValueError(f'no {" or ".join(each.kind for each in registries)} is called "{name}"')
        for registry in kinds:
            registry.make(name, values)
    return {name: dict(sorted(values.items())) for name, values in sorted(given.items()) if values}


def import_variants(package: str, path: Iterable[str], first: Sequence[str] = ()) -> None:
    """Import every module of a package, so that a file in its folder is all that a variant needs.

    first: modules whose variants are listed before the others, which follow by the names of their files
    """
    for module in dict.fromkeys((*first, *(each.name for each in iter_modules(path)))):
        import_module(f"{package}.{module}")


@contextmanager
def registering_from(origin: str) -> Iterator[None]:
    """What is registered within the block is known to come from this plug-in."""
    _origin.append(origin)
    try:
        yield
    finally:
        _origin.pop()


def registries() -> tuple[Registry[Any], ...]:
    """Those of all kinds."""
    return tuple(_registries)


def forget(origin: str) -> None:
    """Unregister, in every registry, what came from a plug-in."""
    for registry in _registries:
        registry.forget(origin)
