package dev.entente.stories.demo;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All scenarios, in the order of their runs. */
final class ScenarioCatalog {
    private static final List<Scenario> ALL = Stream.of(
                    PurchaseScenarios.REFUSALS,
                    TransferScenarios.ALL,
                    PurchaseScenarios.TROUBLES,
                    BankScenarios.ALL,
                    WaitingScenarios.ALL,
                    OutboxScenarios.ALL,
                    List.of(PurchaseScenarios.OVERSELL, CheckBackScenario.SCENARIO, ChoreographyScenario.SCENARIO),
                    List.of(OutboxScenarios.SHOP, ShopScenario.SCENARIO),
                    List.of(
                            IdempotencyScenario.SCENARIO,
                            StateMachineScenario.SCENARIO,
                            EventStoreScenario.SCENARIO,
                            KafkaScenario.SCENARIO))
            .flatMap(List::stream)
            .toList();

    private ScenarioCatalog() {}

    /** The scenario names for the command's help. */
    static final class Names implements Iterable<String> {
        Names() {}

        @Override
        public Iterator<String> iterator() {
            return ALL.stream().map(Scenario::name).iterator();
        }
    }

    /**
     * Returns the scenarios with these names. Without names it returns all quick scenarios, or, if the user requests
     * kills, all scenarios that support kills.
     *
     * @throws IllegalArgumentException for an unknown name, or, with kills, for a scenario without support for them
     */
    static List<Scenario> named(Collection<String> names, boolean isKilled) {
        List<Scenario> named = names.isEmpty()
                ? ALL.stream()
                        .filter(isKilled ? Scenario::isKillable : Scenario::isQuick)
                        .toList()
                : new LinkedHashSet<>(names)
                        .stream().map(ScenarioCatalog::named).toList();
        for (Scenario scenario : named) {
            if (isKilled && !scenario.isKillable()) {
                throw new IllegalArgumentException("scenario '" + scenario.name() + "' does not support --kills; use"
                        + " one of: " + names(Scenario::isKillable));
            }
        }
        return named;
    }

    private static String names(Predicate<Scenario> which) {
        return ALL.stream().filter(which).map(Scenario::name).collect(Collectors.joining(", "));
    }

    private static Scenario named(String name) {
        return ALL.stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("no scenario '" + name + "'; use one of: " + names(_ -> true)));
    }
}
