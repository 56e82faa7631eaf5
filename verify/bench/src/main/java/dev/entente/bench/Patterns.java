package dev.entente.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.Empty;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.outbox.OutboxQueue;
import dev.entente.bench.outbox.OutboxSubject;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.bench.process.ProcFs;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.rig.Wait;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ReplayTransactionResponse;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.HdrHistogram.Histogram;

/**
 * Measures each pattern by itself, in turns, with the same participant behind it. It tells how many end per second, how
 * long one takes among many and alone, and the CPU of all processes together.
 */
final class Patterns implements Mode.Question {
    private static final String OUTBOX = "outbox";
    private static final int ALONE = 50;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    /** As the queue's own, of the same size. */
    private static final OutboxMessage MESSAGE = OutboxMessage.toGrpc(
            "participant",
            MethodDescriptor.<BytesValue, Empty>newBuilder(
                            ProtoUtils.marshaller(BytesValue.getDefaultInstance()),
                            ProtoUtils.marshaller(Empty.getDefaultInstance()))
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(PeerParticipant.ACT.getFullMethodName())
                    .build(),
            BytesValue.of(ByteString.copyFrom(new byte[OutboxQueue.PAYLOAD_BYTES])));

    private static final MethodDescriptor<byte[], byte[]> REPLAY =
            RawCalls.unary("entente.v1.OperatorService/ReplayTransaction");

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        BenchNode node = trial.node("entente", trial.database().create("entente"), participant, List.of());
        OutboxQueue queue = new OutboxQueue(
                OutboxSubject.RELAY, trial.database().create(OutboxSubject.RELAY.database()), participant.channel());
        queue.create(0);
        Map<String, TransactionLoad> loads = loads(node);
        trial.warmUp(node);
        for (TransactionLoad load : loads.values()) {
            trial.warmUp(load, trial.effort().window());
        }
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            for (Map.Entry<String, TransactionLoad> each : loads.entrySet()) {
                trial.window(each.getKey(), each.getValue());
            }
            outbox(trial, queue, participant);
        }
        for (Map.Entry<String, TransactionLoad> each : loads.entrySet()) {
            trial.note(
                    each.getKey() + "_alone_p50_ms",
                    BenchReport.rounded(trial.aloneMillis(each.getKey(), each.getValue())));
        }
        trial.note("outbox_alone_p50_ms", BenchReport.rounded(aloneMillis(queue, participant)));
        for (String pattern : loads.keySet()) {
            trial.ratio(pattern + ":saga", trial.tally().ratio(pattern, "saga", "per_s"));
        }
    }

    private static Map<String, TransactionLoad> loads(BenchNode node) {
        Map<String, TransactionLoad> loads = new LinkedHashMap<>();
        loads.put("saga", Loads.entente(node.channel(), RequestTemplate.saga()));
        loads.put("tcc", Loads.entente(node.channel(), RequestTemplate.tcc()));
        loads.put("two-phase", Loads.entente(node.channel(), RequestTemplate.twoPhase()));
        loads.put("message", Loads.entente(node.channel(), RequestTemplate.message()));
        loads.put("message-check-back", Loads.checkedBack(node.channel()));
        loads.put("notification", Loads.entente(node.channel(), RequestTemplate.notification()));
        loads.put("replay", replay(node.channel()));
        return loads;
    }

    /** One finished saga's history, folded again and again. */
    private static TransactionLoad replay(Channel coordinator) {
        String gid = UUID.randomUUID().toString();
        var _ = RawCalls.callAndWait(coordinator, Loads.SUBMIT, RequestTemplate.awaited(gid));
        byte[] request = GetTransactionRequest.newBuilder().setGid(gid).build().toByteArray();
        return ending -> RawCalls.call(coordinator, REPLAY, request, new RawCalls.Answer() {
            @Override
            public void ok(byte[] response) {
                judge(response, ending);
            }

            @Override
            public void failed(Throwable cause) {
                ending.failed(cause.toString());
            }
        });
    }

    private static void judge(byte[] response, TransactionLoad.Ending ending) {
        try {
            if (ReplayTransactionResponse.parseFrom(response).getMatches()) {
                ending.succeeded();
            } else {
                ending.failed("the history does not lead to what is stored");
            }
        } catch (InvalidProtocolBufferException e) {
            ending.failed("unreadable answer: " + e.getMessage());
        }
    }

    /** A relay empties a full queue. */
    private static void outbox(Trial trial, OutboxQueue queue, Peer participant)
            throws SQLException, InterruptedException {
        queue.fill();
        double perSecond;
        double cpuMicros;
        try (OutboxQueue.Emptying _ = queue.start()) {
            Thread.sleep(Schedule.RAMP);
            long began = System.nanoTime();
            long busy = ProcFs.machineBusyMicros();
            long before = participant.calls();
            Thread.sleep(trial.effort().window());
            long sent = participant.calls() - before;
            perSecond = sent * 1e9 / (System.nanoTime() - began);
            cpuMicros = (ProcFs.machineBusyMicros() - busy) / (double) Math.max(1, sent);
        }
        trial.add(OUTBOX, Trial.figures("per_s", perSecond, "cpu_us", cpuMicros));
    }

    /** One message at a time, from its commit to its delivery. */
    private static double aloneMillis(OutboxQueue queue, Peer participant) throws SQLException, InterruptedException {
        queue.empty();
        Outbox outbox = Outbox.postgres();
        Histogram latencies = new Histogram(3);
        try (OutboxQueue.Emptying _ = queue.start();
                Connection connection = DriverManager.getConnection(queue.url())) {
            connection.setAutoCommit(false);
            for (int i = 0; i < ALONE; i++) {
                long before = participant.calls();
                outbox.enqueue(connection, MESSAGE);
                long began = System.nanoTime();
                connection.commit();
                Wait.until("a delivery", LIMIT, Duration.ofMillis(1), () -> participant.calls() > before);
                latencies.recordValue(System.nanoTime() - began);
            }
        }
        return latencies.getValueAtPercentile(50) / 1e6;
    }
}
