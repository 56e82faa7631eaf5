package dev.entente.torture.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A generator of messages that match their descriptors and contain unusual values. For one thread. */
final class MessageMaker {
    private static final long[] ODD_NUMBERS = {
        0, 1, -1, 2, 100, 255, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE,
    };
    /** The depth from which only one field of each message is nested further, so that the message stays small. */
    private static final int NARROW = 6;

    private static final int SMALL = 3;
    private static final int MANY = 300;

    private final Random random;
    private final int brokenTexts;
    private final int deepest;

    /**
     * Makes a generator.
     *
     * @param brokenTexts the percentage of texts that are not valid UTF-8
     * @param deepest the maximum nesting of messages
     */
    MessageMaker(Random random, int brokenTexts, int deepest) {
        this.random = random;
        this.brokenTexts = brokenTexts;
        this.deepest = deepest;
    }

    byte[] make(Descriptor type) {
        return make(type, 0).toByteArray();
    }

    private ByteString make(Descriptor type, int depth) {
        ByteString.Output bytes = ByteString.newOutput();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            FieldDescriptor further = depth < NARROW || depth >= deepest ? null : further(type);
            for (FieldDescriptor field : type.getFields()) {
                for (int i = field.equals(further) ? 1 : times(field, depth); i > 0; i--) {
                    write(out, field, depth);
                }
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteString();
    }

    private @Nullable FieldDescriptor further(Descriptor type) {
        List<FieldDescriptor> possible = type.getFields().stream()
                .filter(field -> isMessage(field)
                        && field.getMessageType().getFields().stream().anyMatch(MessageMaker::isMessage))
                .toList();
        return possible.isEmpty() ? null : possible.get(random.nextInt(possible.size()));
    }

    private static boolean isMessage(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    }

    private int times(FieldDescriptor field, int depth) {
        boolean isDeep = isMessage(field) && depth >= Math.min(deepest, NARROW);
        if (isDeep || random.nextBoolean()) {
            return 0;
        }
        if (!field.isRepeated()) {
            return 1;
        }
        return random.nextInt(500) == 0 && depth <= 2 ? MANY : random.nextInt(SMALL);
    }

    private void write(CodedOutputStream out, FieldDescriptor field, int depth) throws IOException {
        int number = field.getNumber();
        switch (field.getType()) {
            case MESSAGE, GROUP -> out.writeBytes(number, make(field.getMessageType(), depth + 1));
            case STRING -> out.writeByteArray(number, text());
            case BYTES -> out.writeByteArray(number, noise());
            case DOUBLE -> out.writeDouble(number, Double.longBitsToDouble(number()));
            case FLOAT -> out.writeFloat(number, Float.intBitsToFloat((int) number()));
            case FIXED64, SFIXED64 -> out.writeFixed64(number, number());
            case FIXED32, SFIXED32 -> out.writeFixed32(number, (int) number());
            case BOOL -> out.writeBool(number, random.nextBoolean());
            case ENUM -> {
                out.writeTag(number, WireFormat.WIRETYPE_VARINT);
                out.writeUInt64NoTag(choice(field));
            }
            case INT32, INT64, UINT32, UINT64, SINT32, SINT64 -> {
                out.writeTag(number, WireFormat.WIRETYPE_VARINT);
                out.writeUInt64NoTag(number());
            }
        }
    }

    private long choice(FieldDescriptor field) {
        List<EnumValueDescriptor> values = field.getEnumType().getValues();
        return random.nextInt(6) == 0
                ? number()
                : values.get(random.nextInt(values.size())).getNumber();
    }

    private byte[] text() {
        return random.nextInt(100) < brokenTexts ? InvalidTexts.broken(random) : InvalidTexts.any(random);
    }

    private byte[] noise() {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    private long number() {
        return random.nextInt(4) == 0 ? random.nextLong() : ODD_NUMBERS[random.nextInt(ODD_NUMBERS.length)];
    }
}
