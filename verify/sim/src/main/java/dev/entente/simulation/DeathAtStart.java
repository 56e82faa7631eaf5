package dev.entente.simulation;

import com.google.protobuf.Timestamp;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import dev.entente.v1.Plan;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * Kills the process that has begun a scheduled message, once for each. Its deliveries may have left by then, and its
 * row still says that it has not started.
 */
final class DeathAtStart {
    /** One more parks its row: few messages lose as many coordinators as it takes by default. */
    static final int TAKEOVERS = 1;

    private static final Duration STARTS_AFTER = Duration.ofSeconds(3);
    private static final Duration GLANCE = Duration.ofMillis(20);

    private final Scene scene;
    private final Cluster cluster;
    private final Set<String> begun = new HashSet<>();

    DeathAtStart(Scene scene, Cluster cluster) {
        this.scene = scene;
        this.cluster = cluster;
    }

    /** Makes the message one that is scheduled, if it is not. */
    static Plan startingLater(Plan message, Instant now) {
        long start = now.plus(STARTS_AFTER).getEpochSecond();
        return message.hasStartTime()
                ? message
                : message.toBuilder()
                        .setStartTime(Timestamp.newBuilder().setSeconds(start))
                        .build();
    }

    void look() {
        for (OpenRow row : scene.tables().openRows()) {
            Long owner = row.owner();
            boolean isScheduled = row.pattern() == Pattern.MESSAGE && row.state() == TransactionState.SCHEDULED;
            if (owner != null && isScheduled && begun.add(row.gid())) {
                scene.time().after(GLANCE, () -> kill(owner));
            }
        }
        scene.time().after(GLANCE, this::look);
    }

    private void kill(long incarnation) {
        cluster.nodes().stream()
                .filter(node -> node.incarnation() == incarnation)
                .findFirst()
                .ifPresent(Node::kill);
    }
}
