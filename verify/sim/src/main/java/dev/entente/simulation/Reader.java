package dev.entente.simulation;

import dev.entente.core.transaction.TransactionState;
import dev.entente.server.engine.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who asks anyone about any transaction, as people with a browser do. Draws from a source of his own: what
 * others do stays as it would be.
 */
final class Reader {
    private final Scene scene;
    private final Cluster cluster;
    private final Random random;

    Reader(Scene scene, Cluster cluster, long seed) {
        this.scene = scene;
        this.cluster = cluster;
        this.random = new Random(~seed);
    }

    void look() {
        String gid = Scene.gid(random.nextInt(scene.mostClients()));
        Node node = cluster.nodes().get(random.nextInt(cluster.nodes().size()));
        Instant askedAt = scene.time().now();
        @Nullable TransactionState told = scene.judge().toldEnd(gid);
        node.look(gid, reply -> {
            Snapshot seen = reply.result();
            if (seen != null) {
                scene.judge().shown(gid, askedAt, told, seen.progress().state());
            }
        });
        scene.time().after(Duration.ofMillis(50 + random.nextInt(400)), this::look);
    }
}
