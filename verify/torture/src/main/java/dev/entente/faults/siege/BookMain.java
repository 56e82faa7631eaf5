package dev.entente.faults.siege;

import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import dev.entente.faults.siege.attack.BookMethods;
import dev.entente.participant.Branch;
import dev.entente.participant.CallSignature;
import dev.entente.participant.wiring.ParticipantWiring;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves the participant of the good client, which believes signed calls alone. Prints its port once it is ready. */
@Command(name = "book", description = "A participant that enters what it is told by a coordinator.")
public final class BookMain implements Callable<Integer> {
    private final Queue<String> entries = new ConcurrentLinkedQueue<>();

    @Option(names = "--key", required = true, description = "With which the coordinator signs.")
    private String key = "";

    @Option(names = "--until-pid", required = true, description = "Ends when this process has ended.")
    private long untilPid;

    BookMain() {}

    /** Serves until the process is told to stop. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(new BookMain()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        ServerServiceDefinition book = ServerServiceDefinition.builder(BookMethods.SERVICE)
                .addMethod(BookMethods.ENTER, ServerCalls.asyncUnaryCall(this::enter))
                .build();
        ServerServiceDefinition reading = ServerServiceDefinition.builder(BookMethods.READING)
                .addMethod(BookMethods.COUNT, ServerCalls.asyncUnaryCall(this::count))
                .build();
        Server server = ParticipantWiring.of(Executors.newVirtualThreadPerTaskExecutor())
                .service(book)
                .signedWith(CallSignature.of(key))
                .on(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .addService(reading)
                .build()
                .start();
        Thread.ofVirtual().start(() -> {
            ProcessHandle.of(untilPid).ifPresent(alive -> alive.onExit().join());
            System.exit(0);
        });
        System.out.println(server.getPort());
        server.awaitTermination();
        return 0;
    }

    private void enter(StringValue line, StreamObserver<StringValue> answer) {
        entries.add(Branch.required().gid());
        answer.onNext(line);
        answer.onCompleted();
    }

    private void count(StringValue beginning, StreamObserver<Int64Value> answer) {
        answer.onNext(Int64Value.of(entries.stream()
                .filter(gid -> gid.startsWith(beginning.getValue()))
                .count()));
        answer.onCompleted();
    }
}
