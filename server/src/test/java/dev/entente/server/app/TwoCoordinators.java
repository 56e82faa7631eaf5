package dev.entente.server.app;

import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Two coordinators on one database, and the participant {@code stock}. Calls without response time out after three
 * seconds.
 */
public final class TwoCoordinators implements AutoCloseable {
    public final LocalCoordinator first;
    public final LocalCoordinator second;
    private final ExampleParticipant participant;

    /**
     * @param ofFirst the principals of the first coordinator; null for no authentication
     * @param ofSecond the principals of the second coordinator
     */
    public TwoCoordinators(@Nullable Principals ofFirst, @Nullable Principals ofSecond) throws IOException {
        participant = ExampleParticipant.start();
        first = start(TestDatabase.withSchema(), "node-a", ofFirst);
        second = start(first.database, "node-b", ofSecond);
    }

    private LocalCoordinator start(DatabaseSettings database, String node, @Nullable Principals known) {
        Stream<String> tokens = known == null ? Stream.of() : Stream.of("auth.tokenFile", known.file.toString());
        Stream<String> calls = Stream.of(
                "calls.timeout", "3s", "calls.forwardAttempts", "1000", "participants.stock.target", target());
        return LocalCoordinator.start(
                database, node, Stream.concat(tokens, calls).toArray(String[]::new));
    }

    public String target() {
        return participant.target();
    }

    @Override
    public void close() {
        participant.close();
        first.close();
        second.close();
    }
}
