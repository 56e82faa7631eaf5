package dev.entente.torture.load;

import com.google.protobuf.Duration;
import dev.entente.simulation.random.OperationSource;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import java.util.Random;

/**
 * Random call policies for the operations of a drawn plan. {@link PlanAdapter} chooses the participants, by branch. An
 * operation that may be refused has few attempts; an operation that must succeed has many.
 */
final class DrawnPolicies implements OperationSource {
    private static final int MANY = 60;

    private final Random random;

    DrawnPolicies(Random random) {
        this.random = random;
    }

    @Override
    public Operation.Builder operation(Part part) {
        CallPolicy.Builder policy = CallPolicy.newBuilder().setTimeout(millis(600 + random.nextInt(1400)));
        switch (part) {
            case FORWARD ->
                policy.setMaxAttempts(3 + random.nextInt(4)).setFirstBackoff(millis(100 + random.nextInt(500)));
            case NOTIFICATION ->
                policy.setMaxAttempts(4 + random.nextInt(5)).setFirstBackoff(millis(100 + random.nextInt(300)));
            case COMPLETION, UNDO, DELIVERY, CHECK ->
                policy.setMaxAttempts(MANY).setFirstBackoff(millis(100));
        }
        return Operation.newBuilder()
                .setPolicy(policy.setMaxBackoff(millis(1000)).setMultiplier(1 + random.nextInt(3)));
    }

    static Duration millis(int millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos(millis % 1000 * 1_000_000)
                .build();
    }
}
