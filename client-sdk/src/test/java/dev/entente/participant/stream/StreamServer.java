package dev.entente.participant.stream;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import dev.entente.participant.BranchInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * A participant on the loopback interface. The test sets the handler of its one service; the metadata of its calls is
 * recorded.
 */
final class StreamServer {
    private final Queue<Metadata> metadata = new ConcurrentLinkedQueue<>();
    private final Queue<AutoCloseable> running = new ConcurrentLinkedQueue<>();
    private volatile Handler handler = (request, answer) -> {
        answer.onNext(
                FreezeResponse.newBuilder().setFreezeId(request.getAccount()).build());
        answer.onCompleted();
    };

    /** Answers one request, now, later or never. */
    interface Handler {
        void handle(FreezeRequest request, StreamObserver<FreezeResponse> answer);
    }

    Handler handler() {
        return handler;
    }

    void handle(Handler other) {
        handler = other;
    }

    /** Returns the metadata of each streamed call so far. */
    Queue<Metadata> metadata() {
        return metadata;
    }

    ParticipantStream.Builder stream(Executor executor) {
        return ParticipantStream.builder(executor)
                .addService(new Service())
                .intercept(new BranchInterceptor())
                .intercept(new MetadataRecorder());
    }

    /** Starts a server, and returns a channel to it. */
    ManagedChannel serve(Executor executor) {
        return serve(executor, stream(executor));
    }

    ManagedChannel serve(Executor executor, ParticipantStream.Builder stream) {
        try {
            Server server = NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            InsecureServerCredentials.create())
                    .executor(executor)
                    .addService(new Service())
                    .addService(stream.build())
                    .intercept(new BranchInterceptor())
                    .build()
                    .start();
            ManagedChannel channel = Grpc.newChannelBuilder(
                            InetAddress.getLoopbackAddress().getHostAddress() + ":" + server.getPort(),
                            InsecureChannelCredentials.create())
                    .build();
            running.add(channel::shutdownNow);
            running.add(() -> server.shutdownNow().awaitTermination());
            return channel;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    void stop() throws Exception {
        for (AutoCloseable each : running) {
            each.close();
        }
    }

    private final class MetadataRecorder implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            metadata.add(headers);
            return next.startCall(call, headers);
        }
    }

    private final class Service extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
            handler.handle(request, answer);
        }

        @Override
        public void statements(SettleRequest request, StreamObserver<SettleResponse> answer) {
            answer.onCompleted();
        }
    }
}
