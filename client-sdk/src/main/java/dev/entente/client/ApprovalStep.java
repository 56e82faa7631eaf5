package dev.entente.client;

import dev.entente.v1.Approval;
import dev.entente.v1.SagaStep;
import dev.entente.wire.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of a {@link Saga} at which a person approves or rejects the saga. A rejection starts the compensation. Set the
 * time limit with {@link #within}. The answer comes by {@link Transactions#approve} and {@link Transactions#reject}, or
 * on the command line. Not thread-safe.
 */
public final class ApprovalStep implements SagaPart {
    /** The result of an approval without an answer in time. */
    public enum Expiry {
        /** Rejects. */
        REJECT,
        /** Approves. */
        APPROVE,
        /** Parks the saga for an operator. The approval can still be answered. */
        PARK
    }

    private final String id;
    private final Approval.Builder approval = Approval.newBuilder();
    private final List<String> after = new ArrayList<>();

    ApprovalStep(String id) {
        this.id = id;
    }

    /** Sets the question that is shown to the person who decides. */
    public ApprovalStep prompt(String prompt) {
        approval.setPrompt(prompt);
        return this;
    }

    /** Sets the time limit for the answer, counted from the question, and the result if there is no answer in time. */
    public ApprovalStep within(Duration within, Expiry onExpiry) {
        approval.setWithin(Times.proto(Times.positive(within, "the time to decide")));
        approval.setOnExpiry(
                switch (onExpiry) {
                    case REJECT -> Approval.Expiry.REJECT;
                    case APPROVE -> Approval.Expiry.APPROVE;
                    case PARK -> Approval.Expiry.PARK;
                });
        return this;
    }

    /** Sets the names of the tokens whose holders may decide. If there are none, every operator may decide. */
    public ApprovalStep approvers(String... principals) {
        approval.addAllApprovers(List.of(principals));
        return this;
    }

    /** Sets the parts that must be done before the question. */
    public ApprovalStep after(SagaPart... earlier) {
        for (SagaPart part : earlier) {
            after.add(part.id());
        }
        return this;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public SagaStep toProto() {
        return SagaStep.newBuilder()
                .setId(id)
                .setApproval(approval)
                .addAllAfter(after)
                .build();
    }
}
