package dev.entente.faults.fuzz;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
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

/** Makes the calls, many at a time, and says into a {@link Tally} what became of each. Thread-safe. */
final class Shots {
    private static final String DOMAIN = "entente.dev";
    private static final String DEFECT = "ENT-099";
    private static final int AT_ONCE = 512;
    private static final int ROOM_MIB = 64;
    private static final int PATIENCE_SECONDS = 60;

    private final List<? extends Channel> channels;
    private final Tally tally;
    private final Semaphore calls = new Semaphore(AT_ONCE);
    /** The memory for messages that wait to be sent: this process holds them. */
    private final Semaphore mebibytes = new Semaphore(ROOM_MIB);

    private final AtomicInteger next = new AtomicInteger();

    Shots(List<? extends Channel> channels, Tally tally) {
        this.channels = channels;
        this.tally = tally;
    }

    /** Makes the call; its answer comes later. Blocks while too many are under way. */
    void fire(Input input) throws InterruptedException {
        int size = input.bytes() >> 20;
        calls.acquire();
        mebibytes.acquire(size);
        tally.input(input.kind());
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
        ClientCall<byte[], byte[]> call = channels.get(Math.floorMod(next.getAndIncrement(), channels.size()))
                .newCall(input.method(), input.zipped() ? options.withCompression("gzip") : options);
        call.start(new Answer(input, size), input.headers());
        call.request(Integer.MAX_VALUE);
        if (input.zipped()) {
            call.setMessageCompression(true);
        }
        try {
            input.messages().forEach(call::sendMessage);
            call.halfClose();
        } catch (IllegalStateException over) {
            // It was refused while it was sent; the answer says so.
            call.cancel("refused while it was sent", over);
        }
    }

    /** Waits for every answer. Blocks. */
    void settle() throws InterruptedException {
        calls.acquire(AT_ONCE);
        calls.release(AT_ONCE);
    }

    private final class Answer extends ClientCall.Listener<byte[]> {
        private final Input input;
        private final int size;

        private Answer(Input input, int size) {
            this.input = input;
            this.size = size;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            judge(input, status, trailers);
            mebibytes.release(size);
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
        } else if (input.kind().mayEndBelow() && code.isEmpty() && status.getCode() != Status.Code.DEADLINE_EXCEEDED) {
            tally.below(input.kind() + ": " + status.getCode());
        } else {
            tally.untyped(input.kind() + " to " + input.method().getBareMethodName() + ": " + code + " "
                    + status.getCode() + ": " + status.getDescription());
        }
    }

    /** Empty where the error has none of Entente's. */
    private static String code(Status status, Metadata trailers) {
        var details = StatusProto.fromThrowable(new StatusException(status, trailers));
        if (details == null) {
            return "";
        }
        return details.getDetailsList().stream()
                .filter(detail -> detail.is(ErrorInfo.class))
                .map(Shots::unpacked)
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
