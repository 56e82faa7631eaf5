package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;

/** Plans that tests submit. */
final class SamplePlans {
    private SamplePlans() {}

    /** One step that reserves, and its undo. */
    static Plan saga(String gid) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("checkout")
                .setResultBranch("reserve")
                .setSaga(Saga.newBuilder()
                        .addSteps(SagaStep.newBuilder()
                                .setId("reserve")
                                .setAction(call("stock/shop.v1.StockService/Reserve"))
                                .setCompensate(call("stock/shop.v1.StockService/Release"))))
                .build();
    }

    /** Branches are to be registered. */
    static Plan emptyTcc(String gid) {
        return Plan.newBuilder()
                .setGid(gid)
                .setName("transfer")
                .setTcc(Tcc.getDefaultInstance())
                .build();
    }

    static Operation call(String method) {
        return Operation.newBuilder().setGrpc(method).setRaw(ByteString.EMPTY).build();
    }
}
