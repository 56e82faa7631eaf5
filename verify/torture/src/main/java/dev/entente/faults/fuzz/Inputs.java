package dev.entente.faults.fuzz;

import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** An endless, seeded row of bad inputs. For one thread. */
final class Inputs {
    private static final String SUBMIT =
            TransactionServiceGrpc.getSubmitTransactionMethod().getFullMethodName();
    private static final List<String> ODD_HEADERS =
            List.of("authorization", "traceparent", "entente-gid", "entente-op", "entente-peer", "grpc-trace-bin", "x");
    private static final int ALL =
            Arrays.stream(Kind.values()).mapToInt(Kind::weight).sum();
    private static final int MOST_HEADERS = 200;
    private static final int LARGE_HEADER = 4096;

    private final List<Rpc> rpcs;
    private final Rpc submit;
    private final Monsters monsters;
    private final Random random;
    private final MessageMaker sound;
    private final MessageMaker broken;

    Inputs(List<Rpc> rpcs, Monsters monsters, Random random) {
        this.rpcs = rpcs;
        this.submit = rpcs.stream()
                .filter(rpc -> rpc.name().equals(SUBMIT))
                .findFirst()
                .orElseThrow();
        this.monsters = monsters;
        this.random = random;
        this.sound = new MessageMaker(random, 0);
        this.broken = new MessageMaker(random, 50);
    }

    /** Draws the next kind; the two kinds of garbage have connections of their own and come as a kind alone. */
    Kind nextKind() {
        int ticket = random.nextInt(ALL);
        for (Kind kind : Kind.values()) {
            ticket -= kind.weight();
            if (ticket < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("the weights do not add up");
    }

    /** A call of that kind. */
    Input call(Kind kind) {
        return switch (kind) {
            case ODD_VALUES -> streamed(kind, anyRpc(), sound);
            case BROKEN_TEXT -> streamed(kind, anyRpc(), broken);
            case MUTATED -> mutated(anyRpc());
            case NOISE -> new Input(kind, anyRpc(), noise(random.nextInt(200)));
            case DEEP -> new Input(kind, submit, Monsters.deep(random));
            case CYCLE -> new Input(kind, submit, Monsters.cycle(random));
            case BOUND_TO_NOWHERE -> new Input(kind, submit, Monsters.boundToNowhere(random));
            case ENDLESS_PLAN -> new Input(kind, submit, monsters.endless(random));
            case LARGE_PAYLOAD -> new Input(kind, submit, monsters.large());
            case OVERSIZE -> new Input(kind, submit, monsters.oversize());
            case ZIP_BOMB -> new Input(kind, submit.method(), List.of(monsters.bomb()), new Metadata(), true);
            case ODD_HEADERS -> withHeaders(kind, 1 + random.nextInt(3), 40);
            case HEADER_FLOOD -> withHeaders(kind, 1 + random.nextInt(MOST_HEADERS), LARGE_HEADER);
            case WRONG_COUNT -> wrongCount();
            case NO_SUCH_METHOD -> noSuchMethod();
            case GARBAGE_ON_GRPC, GARBAGE_ON_HTTP, SLOW ->
                throw new IllegalArgumentException(kind + " is no call; it has connections of its own");
        };
    }

    /** Bytes for a connection of their own. */
    byte[] garbage(Kind kind) {
        return Garbage.of(kind, random);
    }

    /** Plans are where most can be wrong. */
    private Rpc anyRpc() {
        return random.nextInt(3) == 0 ? submit : rpcs.get(random.nextInt(rpcs.size()));
    }

    private Input streamed(Kind kind, Rpc rpc, MessageMaker maker) {
        byte[] message = maker.make(rpc.request());
        List<byte[]> messages =
                isStream(rpc) && random.nextBoolean() ? List.of(message, maker.make(rpc.request())) : List.of(message);
        return new Input(kind, rpc.method(), messages, new Metadata(), false);
    }

    private static boolean isStream(Rpc rpc) {
        return rpc.method().getType() == MethodType.BIDI_STREAMING
                || rpc.method().getType() == MethodType.CLIENT_STREAMING;
    }

    private Input mutated(Rpc rpc) {
        return new Input(Kind.MUTATED, rpc, Mutation.of(sound.make(rpc.request()), random));
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private Input withHeaders(Kind kind, int count, int length) {
        Metadata headers = new Metadata();
        for (int i = 0; i < count; i++) {
            String name = ODD_HEADERS.get(random.nextInt(ODD_HEADERS.size()));
            if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                headers.put(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER), noise(random.nextInt(length)));
            } else {
                headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), ascii(1 + random.nextInt(length)));
            }
        }
        Rpc rpc = anyRpc();
        return new Input(kind, rpc.method(), List.of(sound.make(rpc.request())), headers, false);
    }

    private String ascii(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) (' ' + random.nextInt(95)));
        }
        return text.toString();
    }

    private Input wrongCount() {
        Rpc rpc = anyRpc();
        byte[] message = sound.make(rpc.request());
        return new Input(
                Kind.WRONG_COUNT,
                rpc.method(),
                random.nextBoolean() ? List.of() : List.of(message, message, message),
                new Metadata(),
                false);
    }

    private Input noSuchMethod() {
        Rpc rpc = anyRpc();
        String name = random.nextBoolean() ? rpc.name() + "s" : "nowhere.v1.Service/" + random.nextInt(1000);
        MethodDescriptor<byte[], byte[]> method =
                rpc.method().toBuilder().setFullMethodName(name).setSafe(false).build();
        return new Input(Kind.NO_SUCH_METHOD, method, List.of(noise(8)), new Metadata(), false);
    }
}
