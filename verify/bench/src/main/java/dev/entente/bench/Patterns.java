package dev.entente.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.peer.RawCalls;
import dev.entente.bench.process.BenchProcess;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ReplayTransactionResponse;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Measures each pattern by itself, in turns, with the same participant behind it. It tells how many end per second, how
 * long one takes among many and alone, and the CPU of all processes together.
 */
final class Patterns implements Mode.Question {
    private static final MethodDescriptor<byte[], byte[]> REPLAY =
            RawCalls.unary("entente.v1.OperatorService/ReplayTransaction");

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        BenchProcess participant = trial.bed().participant(EntenteServer.PARTICIPANT);
        BenchProcess node =
                trial.bed().node("entente", trial.bed().database().create("entente"), participant, List.of());
        Map<String, TransactionLoad> loads = loads(node);
        trial.warmUp(node);
        for (TransactionLoad load : loads.values()) {
            trial.warmUp(load, trial.effort().window());
        }
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            for (Map.Entry<String, TransactionLoad> each : loads.entrySet()) {
                trial.window(each.getKey(), each.getValue());
            }
        }
        for (Map.Entry<String, TransactionLoad> each : loads.entrySet()) {
            trial.note(
                    each.getKey() + "_alone_p50_ms",
                    BenchReport.rounded(trial.aloneMillis(each.getKey(), each.getValue())));
        }
        for (String pattern : loads.keySet()) {
            trial.ratio(pattern + ":saga", trial.tally().ratio(pattern, "saga", "per_s"));
        }
    }

    private static Map<String, TransactionLoad> loads(BenchProcess node) {
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
        var _ = RawCalls.callAndWait(
                coordinator, Loads.SUBMIT, RequestTemplate.saga().with(gid));
        byte[] request = GetTransactionRequest.newBuilder().setGid(gid).build().toByteArray();
        return ending -> RawCalls.call(
                coordinator,
                REPLAY,
                request,
                response -> judge(response, ending),
                cause -> ending.failed(cause.toString()));
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
}
