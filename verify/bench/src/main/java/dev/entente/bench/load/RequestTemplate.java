package dev.entente.bench.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.PeerService;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import io.grpc.MethodDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * A serialised request with a placeholder for the gid. The client of each subject sends equally many bytes and builds
 * them at almost no cost. The comparison therefore covers only the processing of the requests. Thread-safe.
 */
public final class RequestTemplate {
    /** The size of a plan, including the gid, in bytes. */
    public static final int PLAN_BYTES = 400;

    private static final String GID = "0".repeat(PeerService.GID_BYTES);
    private static final Duration WAIT = Duration.newBuilder().setSeconds(60).build();

    private final byte[] bytes;
    private final int gidAt;

    private RequestTemplate(byte[] bytes, int gidAt) {
        this.bytes = bytes;
        this.gidAt = gidAt;
    }

    /** Makes the request for the relay and the hand-written sagas: a gid, and the length of Entente's request. */
    public static RequestTemplate peer() {
        return new RequestTemplate(new byte[saga().bytes.length], 0);
    }

    /** Returns the SubmitTransaction request of a saga of two steps, each with an action and a compensation. */
    public static RequestTemplate saga() {
        return of(padded(RequestTemplate::sagaPlan, 4));
    }

    /** Returns the plan of the same saga, with all calls to {@code participant}. */
    public static Plan sagaAt(String participant) {
        Plan.Builder plan = padded(RequestTemplate::sagaPlan, 4).toBuilder();
        for (SagaStep.Builder step : plan.getSagaBuilder().getStepsBuilderList()) {
            send(step.getActionBuilder(), participant);
            send(step.getCompensateBuilder(), participant);
        }
        return plan.build();
    }

    private static void send(Operation.Builder operation, String participant) {
        operation.setGrpc(participant + operation.getGrpc().substring(EntenteServer.PARTICIPANT.length()));
    }

    /** Returns the SubmitTransaction request of {@code plan}, answered when the transaction is accepted. */
    public static RequestTemplate unawaited(Plan plan) {
        return of(SubmitTransactionRequest.newBuilder().setPlan(plan).build());
    }

    /** Returns the SubmitTransaction request of a declarative TCC transaction of two branches. */
    public static RequestTemplate tcc() {
        return of(padded(RequestTemplate::tccPlan, 6));
    }

    /** Returns the size of the request of a step's call, in bytes. */
    public static int stepBytes() {
        return (PLAN_BYTES - sagaPlan(ByteString.EMPTY).getSerializedSize()) / 4;
    }

    /** Returns a new request with a new gid. */
    public byte[] next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        // A UUID of version 7 (RFC 9562): the gids sort by time.
        long high = (System.currentTimeMillis() << 16) | 0x7000L | random.nextInt(0x1000);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return with(new UUID(high, low).toString());
    }

    /** Returns the request with this gid. */
    public byte[] with(String gid) {
        byte[] request = bytes.clone();
        System.arraycopy(gid.getBytes(StandardCharsets.ISO_8859_1), 0, request, gidAt, PeerService.GID_BYTES);
        return request;
    }

    /** Returns the SubmitTransaction request of {@code plan}, answered when the transaction has finished. */
    public static RequestTemplate of(Plan plan) {
        return of(SubmitTransactionRequest.newBuilder()
                .setPlan(plan)
                .setWait(WAIT)
                .build());
    }

    private static RequestTemplate of(MessageLite request) {
        byte[] bytes = request.toByteArray();
        return new RequestTemplate(bytes, new String(bytes, StandardCharsets.ISO_8859_1).indexOf(GID));
    }

    private static Plan padded(Function<ByteString, Plan> plan, int operations) {
        int bare = plan.apply(ByteString.EMPTY).getSerializedSize();
        return plan.apply(ByteString.copyFrom(new byte[(PLAN_BYTES - bare) / operations]));
    }

    private static Plan.Builder plan() {
        return Plan.newBuilder().setGid(GID).setName("bench");
    }

    private static Plan sagaPlan(ByteString payload) {
        Saga.Builder saga = Saga.newBuilder();
        for (String id : new String[] {"first", "second"}) {
            saga.addSteps(SagaStep.newBuilder()
                    .setId(id)
                    .setAction(operation(PeerParticipant.ACT, payload))
                    .setCompensate(operation(PeerParticipant.COMPENSATE, payload)));
        }
        return plan().setSaga(saga).build();
    }

    private static Plan tccPlan(ByteString payload) {
        Tcc.Builder tcc = Tcc.newBuilder();
        for (String id : new String[] {"first", "second"}) {
            tcc.addBranches(TccBranch.newBuilder()
                    .setId(id)
                    .setTry(operation(PeerParticipant.TRY, payload))
                    .setConfirm(operation(PeerParticipant.CONFIRM, payload))
                    .setCancel(operation(PeerParticipant.CANCEL, payload)));
        }
        return plan().setTcc(tcc).build();
    }

    private static Operation operation(MethodDescriptor<byte[], byte[]> method, ByteString payload) {
        return Operation.newBuilder()
                .setGrpc(EntenteServer.PARTICIPANT + "/" + method.getFullMethodName())
                .setRaw(payload)
                .build();
    }
}
