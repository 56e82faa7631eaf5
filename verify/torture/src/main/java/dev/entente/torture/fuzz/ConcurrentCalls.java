package dev.entente.torture.fuzz;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.entente.torture.fuzz.Inputs.Input;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Concurrent calls, each with its result in a {@link Tally}. Thread-safe. */
final class ConcurrentCalls {
    private static final String DOMAIN = "entente.dev";
    private static final String DEFECT = "ENT-099";
    private static final int AT_ONCE = 512;
    private static final int TIMEOUT_SECONDS = 60;

    private final List<? extends Channel> channels;
    private final Tally tally;
    private final Semaphore calls = new Semaphore(AT_ONCE);

    private final AtomicInteger next = new AtomicInteger();

    ConcurrentCalls(List<? extends Channel> channels, Tally tally) {
        this.channels = channels;
        this.tally = tally;
    }

    /** Sends the call; the answer arrives later. Blocks while too many calls are in flight. */
    void fire(Input input) throws InterruptedException {
        calls.acquire();
        tally.input(input.kind());
        ClientCall<byte[], byte[]> call = channels.get(Math.floorMod(next.getAndIncrement(), channels.size()))
                .newCall(
                        input.rpc().method(), CallOptions.DEFAULT.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        call.start(new Answer(input), new Metadata());
        call.request(Integer.MAX_VALUE);
        try {
            input.messages().forEach(call::sendMessage);
            call.halfClose();
        } catch (IllegalStateException over) {
            // Refused while it was sent; the answer contains the refusal.
            call.cancel("refused while it was sent", over);
        }
    }

    /** Waits for all answers. Blocks. */
    void settle() throws InterruptedException {
        calls.acquire(AT_ONCE);
        calls.release(AT_ONCE);
    }

    private final class Answer extends ClientCall.Listener<byte[]> {
        private final Input input;

        private Answer(Input input) {
            this.input = input;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            judge(input, status, trailers);
            calls.release();
        }
    }

    private void judge(Input input, Status status, Metadata trailers) {
        if (status.isOk()) {
            tally.answered();
            return;
        }
        String code = code(status, trailers);
        if (!code.isEmpty() && !code.equals(DEFECT)) {
            tally.typed(code);
        } else {
            tally.untyped(input.kind() + " to " + input.rpc().method().getBareMethodName() + ": " + code + " "
                    + status.getCode() + ": " + status.getDescription());
        }
    }

    /** Returns Entente's code of an error; empty if the error has none. */
    private static String code(Status status, Metadata trailers) {
        var details = StatusProto.fromThrowable(new StatusException(status, trailers));
        if (details == null) {
            return "";
        }
        return details.getDetailsList().stream()
                .filter(detail -> detail.is(ErrorInfo.class))
                .map(ConcurrentCalls::unpacked)
                .filter(info -> info.getDomain().equals(DOMAIN))
                .map(ErrorInfo::getReason)
                .findFirst()
                .orElse("");
    }

    private static ErrorInfo unpacked(Any detail) {
        try {
            return detail.unpack(ErrorInfo.class);
        } catch (InvalidProtocolBufferException e) {
            return ErrorInfo.getDefaultInstance();
        }
    }
}
