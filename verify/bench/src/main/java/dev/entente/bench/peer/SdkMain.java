package dev.entente.bench.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.sun.management.ThreadMXBean;
import dev.entente.bench.load.EntenteServer;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import java.lang.management.ManagementFactory;
import java.util.UUID;

/**
 * A program that submits sagas of two steps, one after another. The program prints one line: the milliseconds from the
 * JVM's start to the first response, and the heap bytes that one submit allocates, on all threads.
 */
public final class SdkMain {
    private static final MethodDescriptor<Empty, Empty> ACT = method(PeerParticipant.ACT);
    private static final MethodDescriptor<Empty, Empty> COMPENSATE = method(PeerParticipant.COMPENSATE);

    /** The client library that submits the sagas. */
    public enum Library {
        /** The blocking stub that protobuf generates, without retries. */
        STUB,
        /** The client SDK with its defaults. */
        SDK
    }

    private SdkMain() {}

    /** @param args the {@link Library}, the coordinator's address, and the number of measured submits */
    public static void main(String[] args) {
        Runnable submit = Library.valueOf(args[0]) == Library.SDK ? sdk(args[1]) : stub(args[1]);
        submit.run();
        long firstMillis = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        int submits = Integer.parseInt(args[2]);
        repeat(submit, submits);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        repeat(submit, submits);
        long bytes = (threads.getTotalThreadAllocatedBytes() - before) / submits;
        System.out.println("{\"first_ms\":" + firstMillis + ",\"bytes\":" + bytes + "}");
        System.exit(0);
    }

    private static void repeat(Runnable submit, int times) {
        for (int i = 0; i < times; i++) {
            submit.run();
        }
    }

    private static Runnable stub(String target) {
        TransactionServiceBlockingStub stub = TransactionServiceGrpc.newBlockingStub(
                Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                        .build());
        return () -> {
            Plan.Builder plan =
                    Plan.newBuilder().setGid(UUID.randomUUID().toString()).setName("bench");
            for (String id : new String[] {"first", "second"}) {
                plan.getSagaBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId(id)
                                .setAction(operation(ACT))
                                .setCompensate(operation(COMPENSATE)));
            }
            var _ = stub.submitTransaction(
                    SubmitTransactionRequest.newBuilder().setPlan(plan).build());
        };
    }

    private static Operation operation(MethodDescriptor<?, ?> method) {
        return Operation.newBuilder()
                .setGrpc(EntenteServer.PARTICIPANT + "/" + method.getFullMethodName())
                .setRaw(ByteString.EMPTY)
                .build();
    }

    private static Runnable sdk(String target) {
        Entente entente = Entente.builder(target).build();
        Participant participant = entente.participant(EntenteServer.PARTICIPANT);
        return () -> {
            Saga saga = entente.saga("bench");
            for (String id : new String[] {"first", "second"}) {
                saga.step(id, participant.call(ACT, Empty.getDefaultInstance()))
                        .compensateWith(participant.call(COMPENSATE, Empty.getDefaultInstance()));
            }
            var _ = saga.submit();
        };
    }

    private static MethodDescriptor<Empty, Empty> method(MethodDescriptor<?, ?> bytes) {
        return MethodDescriptor.<Empty, Empty>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName(bytes.getFullMethodName())
                .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
                .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
                .build();
    }
}
