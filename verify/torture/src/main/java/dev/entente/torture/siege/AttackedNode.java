package dev.entente.torture.siege;

import dev.entente.backends.LoopbackPorts;
import dev.entente.client.Entente;
import dev.entente.rig.CreatedToken;
import dev.entente.rig.Playground;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.torture.siege.attack.AttackTarget;
import dev.entente.torture.siege.attack.GoodParticipant;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A coordinator with tokens as a separate process, and the participant of a good client. */
final class AttackedNode implements AutoCloseable {
    private static final String NODE = "besieged";
    /** Allocates the complete heap at the start, so that only an attack can make the memory grow. */
    private static final Map<String, String> FULL_HEAP =
            Map.of("JAVA_TOOL_OPTIONS", "-Xms512m -XX:+AlwaysPreTouch -XX:MaxDirectMemorySize=256m");

    private final Playground rig;
    private final RigCoordinator coordinator;
    private final String shop;
    private final AttackTarget target;

    /** Starts all processes. Blocks for some seconds. */
    static AttackedNode start() throws Exception {
        Playground rig = Playground.open();
        try {
            return new AttackedNode(rig);
        } catch (Exception | Error failed) {
            rig.keepFolder();
            rig.close();
            throw failed;
        }
    }

    private AttackedNode(Playground rig) throws Exception {
        this.rig = rig;
        Path tokens = rig.folder().resolve("tokens");
        shop = CreatedToken.create(tokens, "shop", "submitter");
        String mallory = CreatedToken.create(tokens, "mallory", "submitter");
        GoodParticipant book = rig.keep(new GoodParticipant());
        int hostile = LoopbackPorts.next();
        int hostileWeb = LoopbackPorts.next();
        Map<String, String> targets = Map.of(
                "book",
                "127.0.0.1:" + book.port(),
                AttackTarget.HOSTILE,
                "127.0.0.1:" + hostile,
                AttackTarget.HOSTILE_WEB,
                "http://127.0.0.1:" + hostileWeb);
        Map<String, String> options = new TreeMap<>();
        options.put("auth.tokenFile", tokens.toString());
        options.put("targets.allow", "*:*");
        coordinator = new RigCoordinator(
                rig.database(),
                new RigCoordinator.Settings(
                        ServerJar.find(),
                        NODE,
                        Playground.COORDINATOR_DATABASE,
                        0,
                        0,
                        targets,
                        Map.copyOf(options),
                        rig.folder()));
        coordinator.start(FULL_HEAP);
        target = new AttackTarget(coordinator.ready().grpcPort(), mallory, hostile, hostileWeb);
    }

    AttackTarget target() {
        return target;
    }

    Path folder() {
        return rig.folder();
    }

    void keepFolder() {
        rig.keepFolder();
    }

    /** Returns the addresses of the attacked coordinator. */
    Ready ready() {
        return coordinator.ready();
    }

    /** Returns a client of good intent. The caller closes the client. */
    Entente client() {
        return Entente.builder(ready().grpc()).bearerToken(shop).build();
    }

    /** Returns the coordinators' incarnations with their liveness. A changed result means that a lease was lost. */
    Set<String> lives() throws SQLException {
        return Set.copyOf(rig.database()
                .ask(Playground.COORDINATOR_DATABASE)
                .texts("select incarnation || ' ' || (dead_at is null) from coordinator"));
    }

    @Override
    public void close() {
        coordinator.close();
        rig.close();
    }
}
