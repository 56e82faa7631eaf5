package dev.entente.client;

import dev.entente.v1.Approval;
import dev.entente.v1.SagaStep;
import dev.entente.wire.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of a {@link Saga} at which a person decides whether it goes on: yes, or no and everything is compensated. Say
 * with {@link #within} how long the answer is awaited. Answered with {@link Transactions#approve} and
 * {@link Transactions#reject}, or on the command line. Not thread-safe.
 */
public final class ApprovalStep implements SagaPart {
    /** The decision that applies if nobody answers in time. */
    public enum Expiry {
        /** No. */
        REJECT,
        /** Yes. */
        APPROVE,
        /** Neither: the saga waits for an operator, and may still be answered. */
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

    /** How long the answer is awaited from the moment it is asked, and what it means that there was none. */
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

    /** Names the tokens whose holders may decide. Every operator may if none is named. */
    public ApprovalStep approvers(String... principals) {
        approval.addAllApprovers(List.of(principals));
        return this;
    }

    /** It is asked when those are done. */
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
