package dev.entente.server.app;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import dev.entente.v1.Approval;
import dev.entente.v1.HttpCall;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Tcc;
import java.time.Duration;
import java.time.Instant;

/** Plans for tests. */
public final class SamplePlans {
    private static final Instant LATER = Instant.now().plus(Duration.ofHours(1));

    private SamplePlans() {}

    /** Returns a saga with one step that reserves, and its undo. */
    public static Plan saga(String gid) {
        return calling(gid, "Reserve");
    }

    /** Returns a saga with one step that calls this method. */
    public static Plan calling(String gid, String method) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("checkout")
                .setResultBranch("reserve")
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("reserve")
                                .setAction(call("stock/shop.v1.StockService/" + method))
                                .setCompensate(call("stock/shop.v1.StockService/Release"))))
                .build();
    }

    /** Returns the saga with a start time in an hour. */
    public static Plan scheduled(String gid) {
        return saga(gid).toBuilder()
                .setStartTime(Timestamps.fromMillis(LATER.toEpochMilli()))
                .build();
    }

    /** Returns a plan without calls, which finishes with its approval. */
    public static Plan asking(String gid) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("asking")
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("manager")
                                .setApproval(Approval.newBuilder().setWithin(Durations.fromDays(1)))))
                .build();
    }

    /** Returns a TCC plan without branches, for later registrations. */
    public static Plan emptyTcc(String gid) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("transfer")
                .setTcc(Tcc.getDefaultInstance())
                .build();
    }

    public static Operation call(String method) {
        return Operation.newBuilder().setGrpc(method).setRaw(ByteString.EMPTY).build();
    }

    public static Operation http(String participant, String path) {
        return Operation.newBuilder()
                .setHttp(HttpCall.newBuilder().setParticipant(participant).setPath(path))
                .build();
    }

    /** Returns a saga with one step that cannot be undone. */
    public static Plan oneStep(String gid, Operation action) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("lone")
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("only")
                                .setNoUndo(true)
                                .setAction(action)))
                .build();
    }

    /** Reads a plan in JSON. */
    public static Plan json(String text) {
        return merged(text, Plan.newBuilder()).build();
    }

    /** Returns the message with the fields of the JSON text. */
    public static <B extends com.google.protobuf.Message.Builder> B merged(String text, B into) {
        try {
            JsonFormat.parser().merge(text, into);
            return into;
        } catch (InvalidProtocolBufferException malformed) {
            throw new AssertionError(text, malformed);
        }
    }

    public static SubmitTransactionRequest request(Plan plan) {
        return SubmitTransactionRequest.newBuilder().setPlan(plan).build();
    }

    public static SubmitTransactionRequest waiting(Plan plan) {
        return request(plan).toBuilder().setWait(Durations.fromMinutes(5)).build();
    }
}
