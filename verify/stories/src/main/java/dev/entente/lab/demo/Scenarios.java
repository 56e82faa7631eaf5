package dev.entente.lab.demo;

import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.service.EventStoreScenario;
import dev.entente.lab.service.IdempotencyScenario;
import dev.entente.lab.service.KafkaScenario;
import dev.entente.lab.service.StateMachineScenario;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/** All scenarios, in the order in which they play. */
final class Scenarios {
    private static final List<Scenario> ALL = List.of(
            OrderScenario.checkout(),
            OrderScenario.paymentRejected(),
            OrderScenario.pointsFail(),
            TransferScenario.transfer(),
            new InteractiveTransfer(),
            TransferScenario.insufficientFunds(),
            new NestedTransfer(),
            new CoordinatorKilled(),
            new ParticipantDown(),
            new TwoPhaseTransfer(),
            new ThreePhaseTransfer(),
            new NotificationScenario(),
            new DelayedScenario(),
            new ApprovalScenario(),
            new OutboxOrders(),
            new CustomerRegistration(),
            new Oversell(),
            new CheckBackScenario(),
            new ChoreographyScenario(),
            new ShopScenario(null),
            new GrandShop(null),
            new IdempotencyScenario(),
            new StateMachineScenario(),
            new EventStoreScenario(),
            new KafkaScenario());

    private Scenarios() {}

    /** For the command's help. */
    static final class Names implements Iterable<String> {
        Names() {}

        @Override
        public Iterator<String> iterator() {
            return ALL.stream().map(Scenario::name).iterator();
        }
    }

    /**
     * Those of these names, or all quick ones where none is named.
     *
     * @throws IllegalArgumentException for a name that none has
     */
    static List<Scenario> named(Collection<String> names) {
        return names.isEmpty()
                ? ALL.stream().filter(scenario -> scenario.playbill().isQuick()).toList()
                : new LinkedHashSet<>(names).stream().map(Scenarios::named).toList();
    }

    private static Scenario named(String name) {
        return ALL.stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario '" + name + "'; use one of: "
                        + String.join(", ", ALL.stream().map(Scenario::name).toList())));
    }
}
