package dev.entente.torture.load;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.TccBranch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A client's request to coordinators.
 *
 * @param gid of the transaction
 * @param plan as it was submitted, or begun
 * @param isBegun whether the client decides the transaction
 * @param joining the branches that the client and the participants register, or may register
 */
public record RequestedTransaction(String gid, Plan plan, boolean isBegun, List<TccBranch> joining) {

    /** Returns the plan as JSON, for people. */
    public String text() {
        try {
            return JsonFormat.printer().omittingInsignificantWhitespace().print(plan);
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static RequestedTransaction submitted(String gid, Plan plan) {
        return new RequestedTransaction(gid, plan, false, List.of());
    }

    /** Returns the request of a transaction whose participants add these branches while it runs. */
    static RequestedTransaction joined(String gid, Plan plan, List<TccBranch> joining) {
        return new RequestedTransaction(gid, plan, false, joining);
    }

    static RequestedTransaction begun(String gid, Plan plan, List<TccBranch> joining) {
        return new RequestedTransaction(gid, plan, true, joining);
    }

    /** Returns the transactions of the steps that are transactions themselves, by the step's id. */
    public Map<String, RequestedTransaction> children() {
        Map<String, RequestedTransaction> children = new LinkedHashMap<>();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            Plan.Builder child = Plan.newBuilder().setName(plan.getName()).setDefaults(plan.getDefaults());
            String childGid = gid + "/" + step.getId();
            if (step.hasMessage()) {
                children.put(
                        step.getId(),
                        submitted(childGid, child.setMessage(step.getMessage()).build()));
            } else if (step.hasNotification()) {
                children.put(
                        step.getId(),
                        submitted(
                                childGid,
                                child.setNotification(step.getNotification()).build()));
            }
        }
        return children;
    }
}
