package dev.entente.torture.fuzz;

import java.util.Arrays;
import java.util.Random;

/** A random change of bytes. For one thread. */
final class Mutation {
    private static final int MAX = 6;

    private Mutation() {}

    /** Returns a changed copy. */
    static byte[] of(byte[] bytes, Random random) {
        byte[] changed = bytes.clone();
        for (int i = 1 + random.nextInt(MAX); i > 0; i--) {
            changed = once(changed, random);
        }
        return changed;
    }

    private static byte[] once(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
        return switch (random.nextInt(6)) {
            case 0 -> with(bytes, at, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
            case 1 -> with(bytes, at, (byte) random.nextInt());
            case 2 -> with(bytes, at, (byte) 0xFF);
            case 3 -> Arrays.copyOf(bytes, at);
            case 4 -> joined(Arrays.copyOf(bytes, at), bytes, at + length);
            default -> joined(Arrays.copyOf(bytes, at + length), bytes, at);
        };
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] changed = bytes.clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] joined(byte[] head, byte[] bytes, int from) {
        byte[] all = Arrays.copyOf(head, head.length + bytes.length - from);
        System.arraycopy(bytes, from, all, head.length, bytes.length - from);
        return all;
    }
}
