package dev.entente.faults.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.entente.v1.Binding;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Submits that are wrong as a whole, the large ones made once. Immutable. */
final class Monsters {
    private static final int ENDLESS = 100_000;
    private static final int RING = 40;
    private static final int MIB = 1 << 20;
    private static final byte OPEN_GROUP = (6 << 3) | WireFormat.WIRETYPE_START_GROUP;
    private static final String NAME = "Never A Name";

    private final List<byte[]> endless = List.of(endless(false), endless(true));
    private final byte[] large = submit(saga(step("a").setAction(operation(ByteString.copyFrom(new byte[2 * MIB])))));
    private final byte[] oversize =
            submit(saga(step("a").setAction(operation(ByteString.copyFrom(new byte[8 * MIB])))));
    private final byte[] bomb = new byte[32 * MIB];

    byte[] endless(Random random) {
        return endless.get(random.nextInt(endless.size()));
    }

    byte[] large() {
        return large;
    }

    byte[] oversize() {
        return oversize;
    }

    byte[] bomb() {
        return bomb;
    }

    private static byte[] endless(boolean cyclic) {
        Saga.Builder saga = Saga.newBuilder();
        for (int i = 0; i < ENDLESS; i++) {
            SagaStep.Builder step =
                    step("s" + i).setAction(Operation.newBuilder().setGrpc("a/b.C/D"));
            saga.addSteps(cyclic ? step.addAfter("s" + (i + 1) % ENDLESS) : step);
        }
        return submit(saga);
    }

    /** A ring of steps, with chords. */
    static byte[] cycle(Random random) {
        int size = 1 + random.nextInt(RING);
        Saga.Builder saga = Saga.newBuilder();
        for (int i = 0; i < size; i++) {
            SagaStep.Builder step = step("s" + i)
                    .setAction(operation(ByteString.EMPTY))
                    .addAfter("s" + (i + 1) % size)
                    .addAfter("s" + random.nextInt(size + 1))
                    .setPivot(random.nextInt(size) == 0)
                    .setRetriable(random.nextBoolean());
            saga.addSteps(random.nextBoolean() ? step.setCompensate(operation(ByteString.EMPTY)) : step);
        }
        return submit(saga);
    }

    static byte[] boundToNowhere(Random random) {
        Saga.Builder saga = Saga.newBuilder();
        for (int i = 0; i < 1 + random.nextInt(8); i++) {
            Operation.Builder bound = operation(ByteString.EMPTY);
            IntStream.range(0, 1 + random.nextInt(4)).forEach(_ -> bound.addBind(binding(random)));
            saga.addSteps(step("s" + i).setAction(bound).setCompensate(bound));
        }
        return submit(saga);
    }

    private static Binding.Builder binding(Random random) {
        return Binding.newBuilder()
                .setFrom("s" + random.nextInt(12))
                .setFromOp(random.nextBoolean() ? "" : "compensate")
                .setFromPath(random.nextBoolean() ? "1.2.3" : "nowhere")
                .setToPath(random.nextBoolean() ? "" : "0.-1")
                .setRequired(random.nextBoolean());
    }

    /** A JSON body: lists in lists. */
    static byte[] deep(Random random) {
        int depth = 1 << (3 + random.nextInt(14));
        ByteString json = ByteString.EMPTY;
        for (int i = 0; i < Math.min(depth, 64); i++) {
            json = field(6, field(1, json)); // Value.list_value = 6, ListValue.values = 1
        }
        if (depth > 64) {
            json = tags(depth);
        }
        ByteString operation =
                Operation.newBuilder().setGrpc("a/b.C/D").build().toByteString().concat(field(6, json));
        ByteString step = step("a").build().toByteString().concat(field(2, operation));
        ByteString plan = Plan.newBuilder().setName(NAME).build().toByteString().concat(field(10, field(1, step)));
        return field(1, plan).toByteArray();
    }

    /** Opens messages and groups that nobody closes. */
    private static ByteString tags(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, OPEN_GROUP);
        return ByteString.copyFrom(bytes);
    }

    private static ByteString field(int number, ByteString content) {
        byte[] bytes = new byte[CodedOutputStream.computeBytesSize(number, content)];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            out.writeBytes(number, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteString.copyFrom(bytes);
    }

    private static SagaStep.Builder step(String id) {
        return SagaStep.newBuilder().setId(id);
    }

    private static Operation.Builder operation(ByteString body) {
        return Operation.newBuilder()
                .setGrpc("nobody/shop.v1.StockService/Reserve")
                .setRaw(body);
    }

    private static Saga.Builder saga(SagaStep.Builder step) {
        return Saga.newBuilder().addSteps(step);
    }

    private static byte[] submit(Saga.Builder saga) {
        return SubmitTransactionRequest.newBuilder()
                .setPlan(Plan.newBuilder().setName(NAME).setSaga(saga))
                .build()
                .toByteArray();
    }
}
