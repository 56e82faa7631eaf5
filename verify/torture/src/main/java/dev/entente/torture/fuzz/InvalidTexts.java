package dev.entente.torture.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Texts for text fields. No text is valid as a plan's name, not even in part. No plan is therefore valid by chance, and
 * everything that is stored was bad input.
 */
final class InvalidTexts {
    private static final List<byte[]> WORDS = List.of(
            text(""),
            text("F-F-1"),
            text("F-F-1/A"),
            text("~"),
            text("../../../Etc/Passwd"),
            text("' Or 1=1 --"),
            text("%S%S%N"),
            text("${Jndi:Ldap://X}"),
            text("<Script>Alert(1)</Script>"),
            text("Nobody/Shop.V1.Stock/Reserve"),
            text("127.0.0.1:1/A.B/C"),
            text("///"),
            text("3.1.1.1.1.1.1.1.1.1.1.1.1.1.1.+1"),
            text("-1.0,99999999999"),
            text("\u0000"),
            text("A\u0000B"),
            text("\uFEFFA\u202EB"),
            text("𝔘𝔫𝔦𝔠𝔬𝔡𝔢"),
            text("NaN"),
            text("+9223372036854775808"),
            text("A".repeat(129)));
    private static final List<byte[]> LONG = List.of(text("Z\n".repeat(600)), text("É".repeat(5000)));
    private static final int LONG_ONE_IN = 300;
    private static final List<byte[]> BROKEN = List.of(
            new byte[] {(byte) 0xC3},
            new byte[] {(byte) 0xC0, (byte) 0x80},
            new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
            new byte[] {'A', (byte) 0xFF, 'B'},
            new byte[] {(byte) 0xF8, (byte) 0x88, (byte) 0x80, (byte) 0x80, (byte) 0x80},
            new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80});

    private InvalidTexts() {}

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] any(Random random) {
        List<byte[]> texts = random.nextInt(LONG_ONE_IN) == 0 ? LONG : WORDS;
        return texts.get(random.nextInt(texts.size()));
    }

    /** Returns bytes that are not valid UTF-8. */
    static byte[] broken(Random random) {
        return BROKEN.get(random.nextInt(BROKEN.size()));
    }
}
