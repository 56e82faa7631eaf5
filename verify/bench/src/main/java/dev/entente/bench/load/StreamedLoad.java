package dev.entente.bench.load;

import dev.entente.stream.SubmitStream;
import dev.entente.v1.SubmitTransactionResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;

/** Transactions of Entente over one stream, with the client SDK's class for submit streams. Thread-safe. */
public final class StreamedLoad implements TransactionLoad {
    private final SubmitStream stream;
    private final RequestTemplate request;

    private StreamedLoad(SubmitStream stream, RequestTemplate request) {
        this.stream = stream;
        this.request = request;
    }

    /** Opens a stream for one load. A load ends with its window; from then on the stream is idle. */
    public static TransactionLoad open(Channel coordinator, RequestTemplate request) {
        return new StreamedLoad(SubmitStream.open(coordinator, CallOptions.DEFAULT), request);
    }

    @Override
    public void start(Ending ending) {
        if (stream.send(request.next(), "", null, new Judged(ending)) == 0) {
            ending.failed("the stream accepts no more transactions");
        }
    }

    private record Judged(Ending ending) implements SubmitStream.Completion {
        @Override
        public void accepted(SubmitTransactionResponse response) {
            Loads.judge(response.getTransaction(), ending);
        }

        @Override
        public void failed(StatusRuntimeException error) {
            ending.failed(error.toString());
        }

        @Override
        public void lost(StatusRuntimeException why, boolean isSent) {
            ending.failed("the stream ended: " + why);
        }
    }
}
