package dev.entente.torture.fuzz;

import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor.MethodType;
import java.util.List;
import java.util.Random;

/** An endless, seeded sequence of bad inputs. For one thread. */
final class Inputs {
    private static final String SUBMIT =
            TransactionServiceGrpc.getSubmitTransactionMethod().getFullMethodName();
    private static final int ALL = 100;
    private static final int DEEPEST = 300;
    private static final int USUAL_DEPTH = 6;
    private static final int LONGEST_NOISE = 200;

    private final List<Rpc> rpcs;
    private final Rpc submit;
    private final Random random;
    private final MessageMaker sound;
    private final MessageMaker broken;
    private final MessageMaker deep;

    /** The defect of an input. */
    enum Kind {
        /** The right fields with wrong values. */
        ODD_VALUES(50),
        /** A message with changed, removed, inserted or doubled bytes. */
        MUTATED(33),
        /** Random bytes. */
        NOISE(7),
        /** Strings that are not valid UTF-8. */
        BROKEN_TEXT(8),
        /** Nested messages, as deep as the types of their fields allow. */
        DEEP(2);

        /** The percentage of inputs with this defect. */
        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }
    }

    /**
     * One call to make.
     *
     * @param messages sent before the half-close; two for some streams
     */
    record Input(Kind kind, Rpc rpc, List<byte[]> messages) {}

    Inputs(List<Rpc> rpcs, Random random) {
        this.rpcs = rpcs;
        this.submit = rpcs.stream()
                .filter(rpc -> rpc.name().equals(SUBMIT))
                .findFirst()
                .orElseThrow();
        this.random = random;
        this.sound = new MessageMaker(random, 0, USUAL_DEPTH);
        this.broken = new MessageMaker(random, 50, USUAL_DEPTH);
        this.deep = new MessageMaker(random, 0, DEEPEST);
    }

    Input next() {
        Kind kind = kind();
        // plans have the most possible defects
        Rpc rpc = random.nextInt(3) == 0 ? submit : rpcs.get(random.nextInt(rpcs.size()));
        byte[] message = message(kind, rpc);
        boolean isTwice = rpc.method().getType() == MethodType.BIDI_STREAMING && random.nextBoolean();
        return new Input(kind, rpc, isTwice ? List.of(message, message(kind, rpc)) : List.of(message));
    }

    private Kind kind() {
        int ticket = random.nextInt(ALL);
        for (Kind kind : Kind.values()) {
            ticket -= kind.weight;
            if (ticket < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("the weights do not add up");
    }

    private byte[] message(Kind kind, Rpc rpc) {
        return switch (kind) {
            case ODD_VALUES -> sound.make(rpc.request());
            case BROKEN_TEXT -> broken.make(rpc.request());
            case DEEP -> deep.make(rpc.request());
            case MUTATED -> Mutation.of(sound.make(rpc.request()), random);
            case NOISE -> {
                byte[] noise = new byte[random.nextInt(LONGEST_NOISE)];
                random.nextBytes(noise);
                yield noise;
            }
        };
    }
}
