package dev.entente.torture.siege.attack;

import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.HttpCall;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;

/** Malicious participants, and submitters who cause calls to them. */
final class HostileParticipants {
    private static final Operation CALL = Operation.newBuilder()
            .setGrpc(AttackTarget.HOSTILE + "/any.v1.AnyService/Do")
            .build();
    private static final int JSON_SUBMITTERS = 12;
    private static final int WAIT_SECONDS = 2;

    private HostileParticipants() {}

    static List<Attack> all() {
        return List.of(
                new Attack("hostile-reflection", HostileParticipants::reflect),
                new Attack(
                        "hostile-answers",
                        (target, attackRun) ->
                                serve(target, attackRun, HostileService.answers(attackRun::reached), 4, CALL)),
                new Attack(
                        "hostile-stream",
                        (target, attackRun) ->
                                serve(target, attackRun, HostileService.streams(attackRun::reached), 4, CALL)),
                new Attack("hostile-web", HostileParticipants::web),
                new Attack("forbidden-addresses", HostileParticipants::addresses));
    }

    private static Server start(AttackTarget target, HostileService service) throws IOException {
        return NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), target.hostilePort()))
                .addServices(service.definitions())
                .fallbackHandlerRegistry(service)
                .build()
                .start();
    }

    /** Submits from twelve threads with JSON bodies that need a translation, by descriptors that never end. */
    private static void reflect(AttackTarget target, AttackRun attackRun) throws Exception {
        Operation json = CALL.toBuilder()
                .setJson(Value.newBuilder().setStructValue(Struct.getDefaultInstance()))
                .build();
        serve(target, attackRun, HostileService.reflection(attackRun::reached), JSON_SUBMITTERS, json);
    }

    private static void serve(
            AttackTarget target, AttackRun attackRun, HostileService service, int submitters, Operation call)
            throws Exception {
        Server server = start(target, service);
        try {
            load(target, attackRun, submitters, call);
        } finally {
            server.shutdownNow();
        }
    }

    private static void web(AttackTarget target, AttackRun attackRun) throws Exception {
        Operation call = Operation.newBuilder()
                .setHttp(HttpCall.newBuilder()
                        .setParticipant(AttackTarget.HOSTILE_WEB)
                        .setPath("/do"))
                .build();
        try (Canary canary = new Canary();
                ServerSocket door = new ServerSocket(target.hostileWebPort(), 200, InetAddress.getLoopbackAddress())) {
            HostileHttpParticipant rude = new HostileHttpParticipant(canary.port(), attackRun);
            Thread answering = Thread.ofVirtual().start(() -> accept(door, attackRun, rude));
            load(target, attackRun, 8, call);
            answering.interrupt();
            if (canary.wasCalled()) {
                attackRun.broke("a redirect was followed to an address that no plan contains");
            }
        }
    }

    private static void accept(ServerSocket door, AttackRun attackRun, HostileHttpParticipant rude) {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                attackRun.reached();
                Thread.ofVirtual().start(() -> {
                    try (client) {
                        rude.answer(client);
                    } catch (IOException _) {
                        // The coordinator has closed the connection.
                    } catch (InterruptedException ended) {
                        Thread.currentThread().interrupt();
                    }
                });
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** Submits one transaction after another on each thread. */
    private static void load(AttackTarget target, AttackRun attackRun, int threads, Operation call) throws Exception {
        attackRun.mustReach("no call came");
        CallPolicy hasty = CallPolicy.newBuilder()
                .setTimeout(Duration.newBuilder().setSeconds(1))
                .setMaxAttempts(2)
                .build();
        Operation operation = call.toBuilder().setPolicy(hasty).build();
        try (AttackerClient attacker = new AttackerClient(target)) {
            ParallelRun.of(threads, attackRun, _ -> {
                while (attackRun.goesOn()) {
                    attackRun.tried();
                    Plan plan = AttackerClient.saga(AttackerClient.gid("hostile"), operation);
                    var _ = AttackerClient.refusal(() -> attacker.transactions()
                            .submitTransaction(AttackerClient.submitAndWait(plan, WAIT_SECONDS)));
                    Thread.sleep(10);
                }
            });
        }
    }

    /** Submits this machine's addresses in every spelling; a canary listens there and must never be called. */
    private static void addresses(AttackTarget target, AttackRun attackRun) throws Exception {
        try (Canary canary = new Canary();
                AttackerClient attacker = new AttackerClient(target)) {
            while (attackRun.goesOn()) {
                for (String host : Canary.spellings()) {
                    String address = host + ":" + canary.port();
                    Operation grpc = Operation.newBuilder()
                            .setGrpc(address + "/any.v1.AnyService/Do")
                            .build();
                    Operation http = Operation.newBuilder()
                            .setHttp(HttpCall.newBuilder()
                                    .setParticipant(address)
                                    .setPath("/do"))
                            .build();
                    submit(attacker, attackRun, grpc);
                    submit(attacker, attackRun, http);
                }
                Thread.sleep(200);
            }
            if (canary.wasCalled()) {
                attackRun.broke("a private address was called");
            }
        }
    }

    private static void submit(AttackerClient attacker, AttackRun attackRun, Operation call) throws Exception {
        attackRun.tried();
        Plan plan = AttackerClient.saga(AttackerClient.gid("address"), call);
        Optional<Status> _ =
                AttackerClient.refusal(() -> attacker.transactions().submitTransaction(AttackerClient.submit(plan)));
    }
}
