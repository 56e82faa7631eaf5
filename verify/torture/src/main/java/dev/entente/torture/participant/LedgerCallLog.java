package dev.entente.torture.participant;

import com.google.gson.JsonObject;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.v1.ParticipantServiceGrpc;
import dev.entente.wire.TriedChildren;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import torture.v1.MoveRequest;

/**
 * A log of calls and answers: a line per call before any work, and a line per answer of the ledger before the answer
 * leaves. Lines survive a kill -9. The dialled authority identifies the caller, because each coordinator has its own
 * address for each participant. Thread-safe.
 */
final class LedgerCallLog implements ServerInterceptor {
    private static final Context.Key<Arrival> ARRIVAL = Context.key("torture-arrival");
    private static final String CHECK_BACK =
            ParticipantServiceGrpc.getCheckMethod().getFullMethodName();

    private final FileChannel file;

    /** The caller of a connection, and the log for its calls. */
    private record Arrival(LedgerCallLog log, String caller) {}

    LedgerCallLog(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        boolean isQuestion = call.getMethodDescriptor().getFullMethodName().equals(CHECK_BACK);
        return Contexts.interceptCall(from(call.getAuthority()), call, headers, isQuestion ? noting(next) : next);
    }

    /** Logs the arrival of a check-back, which the SDK answers without a service of the ledger. */
    private static <Q, R> ServerCallHandler<Q, R> noting(ServerCallHandler<Q, R> next) {
        return (call, headers) -> new BranchInterceptor().interceptCall(call, headers, (inner, same) -> {
            Branch.current().ifPresent(branch -> arrived(branch, MoveRequest.getDefaultInstance()));
            return next.startCall(inner, same);
        });
    }

    /** Returns the context of a call from a caller that dialled this address. */
    Context from(@Nullable String address) {
        return Context.current().withValue(ARRIVAL, new Arrival(this, address == null ? "" : address));
    }

    /** Logs the current call of {@code branch}. */
    static void arrived(Branch branch, MoveRequest request) {
        Arrival arrival = ARRIVAL.get();
        JsonObject line = line(branch);
        line.addProperty("caller", arrival.caller());
        line.addProperty("receipt", request.getReceipt());
        arrival.log().append(line);
    }

    /** Logs the answer to the current call of {@code branch}, and the children that a try's answer names. */
    static void answered(Branch branch, String answer) {
        JsonObject line = line(branch);
        line.addProperty("answer", answer);
        TriedChildren tried = TriedChildren.current();
        if (tried != null && answer.equals(OutcomeNames.OK)) {
            line.addProperty("tried", tried.text());
        }
        ARRIVAL.get().log().append(line);
    }

    private static JsonObject line(Branch branch) {
        JsonObject line = new JsonObject();
        line.addProperty("at", System.currentTimeMillis());
        line.addProperty("gid", branch.gid());
        line.addProperty("branch", branch.name());
        line.addProperty("op", branch.op().text());
        line.addProperty("attempt", branch.attempt());
        line.addProperty("fence", branch.fence());
        line.addProperty("base", branch.fenceBase());
        return line;
    }

    private void append(JsonObject line) {
        try {
            synchronized (this) {
                file.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException full) {
            throw new UncheckedIOException("the call cannot be logged, and is not carried out", full);
        }
    }
}
