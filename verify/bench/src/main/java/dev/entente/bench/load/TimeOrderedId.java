package dev.entente.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/** UUIDs of version 7 (RFC 9562), written as text straight into a request. */
final class TimeOrderedId {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private TimeOrderedId() {}

    /** Writes a new id over the {@value Coordinator#GID_BYTES} bytes from {@code offset} on. */
    static void write(byte[] target, int offset) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (System.currentTimeMillis() << 16) | 0x7000L | random.nextInt(0x1000);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        writeHex(target, offset, high, 64, 8);
        writeHex(target, offset + 9, high, 32, 4);
        writeHex(target, offset + 14, high, 16, 4);
        writeHex(target, offset + 19, low, 64, 4);
        writeHex(target, offset + 24, low, 48, 12);
        target[offset + 8] = '-';
        target[offset + 13] = '-';
        target[offset + 18] = '-';
        target[offset + 23] = '-';
    }

    /** Writes {@code digits} hexadecimal digits of {@code bits}, beginning with the four bits below {@code fromBit}. */
    private static void writeHex(byte[] target, int offset, long bits, int fromBit, int digits) {
        for (int i = 0; i < digits; i++) {
            target[offset + i] = HEX[(int) (bits >>> (fromBit - 4 * (i + 1))) & 0xf];
        }
    }
}
