"""The ``tocsin languages`` command: how well each language is read."""

from worker.cli.output import JsonOption, load_settings, plain, print_json, print_table


def languages(as_json: JsonOption = False) -> None:
    """Show how each language is read: by a model, by rules or by lists alone, and what would be better.

    People nobody has listed are found only in languages with a model or rules. `better` is what to
    install, and the setting that has it used. What is not in the table is read like "gazetteer only".

    Example: `tocsin languages`
    """
    from worker.tagging.tiers import tiers

    found = tiers(load_settings().models)
    if as_json:
        print_json([plain(one) for one in found])
        return
    print_table(
        ("language", "tier", "people", "organizations", "countries", "topics", "better"),
        [
            (
                f"{one.language} {one.name}",
                one.tier.value,
                one.people,
                one.organizations,
                one.countries,
                one.topics,
                one.better,
            )
            for one in found
        ],
        empty="No languages.",
    )
