package dev.entente.faults.load;

import dev.entente.client.Entente;
import dev.entente.faults.machine.Ledger;
import dev.entente.faults.machine.Node;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A connection to each coordinator: any of them answers for all. Thread-safe. */
public final class Fleet implements AutoCloseable {
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final Duration RETRY_FOR = Duration.ofSeconds(2);

    private final List<Entente> coordinators;

    /** Dials nobody yet. */
    public Fleet(List<Node> nodes, List<Ledger> ledgers) {
        coordinators = nodes.stream().map(node -> connect(node, ledgers)).toList();
    }

    private static Entente connect(Node node, List<Ledger> ledgers) {
        Entente.Builder builder = Entente.builder(node.lines().clients().address())
                .callTimeout(ATTEMPT)
                .retryFor(RETRY_FOR);
        ledgers.forEach(ledger -> builder.participant(ledger.name(), ledger.address()));
        return builder.build();
    }

    /** Any of them. */
    Entente any() {
        return coordinators.get(ThreadLocalRandom.current().nextInt(coordinators.size()));
    }

    /** One by its number, counted round and round. */
    public Entente get(int number) {
        return coordinators.get(Math.floorMod(number, coordinators.size()));
    }

    @Override
    public void close() {
        coordinators.forEach(Entente::close);
    }
}
