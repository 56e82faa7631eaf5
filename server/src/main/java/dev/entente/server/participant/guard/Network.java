package dev.entente.server.participant.guard;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;

/**
 * Addresses with a common prefix.
 *
 * @param prefix the leading bits, as a number
 * @param bits the length of the prefix
 * @param addressBits the length of an address: 32 or 128
 */
public record Network(BigInteger prefix, int bits, int addressBits) {
    /**
     * Parses networks or single addresses.
     *
     * @throws IllegalArgumentException if a text is neither
     */
    public static List<Network> all(List<String> texts) {
        return texts.stream().map(Network::of).toList();
    }

    private static Network of(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            if (!isLiteral(literal)) {
                throw new IllegalArgumentException(text);
            }
            byte[] address = InetAddress.ofLiteral(literal).getAddress();
            int most = address.length * Byte.SIZE;
            int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > most) {
                throw new IllegalArgumentException(text);
            }
            return new Network(first(bits, address), bits, most);
        } catch (IllegalArgumentException bad) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a valid network; write 10.0.0.0/8, fd00::/8 or one address", bad);
        }
    }

    private static BigInteger first(int bits, byte[] address) {
        return new BigInteger(1, address).shiftRight(address.length * Byte.SIZE - bits);
    }

    /** Returns whether a host is a literal address, which needs no look-up. */
    static boolean isLiteral(String host) {
        return host.contains(":") || host.matches("[0-9]+([.][0-9]+){3}");
    }

    /** Returns whether an address is in this network. */
    public boolean contains(InetAddress other) {
        byte[] address = other.getAddress();
        return address.length * Byte.SIZE == addressBits && first(bits, address).equals(prefix);
    }
}
