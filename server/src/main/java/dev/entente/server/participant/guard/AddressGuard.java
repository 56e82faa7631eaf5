package dev.entente.server.participant.guard;

import java.net.InetAddress;
import java.util.List;

/**
 * Decides which addresses a name from the allow-list may resolve to. Its owner may change a name at any time: it may
 * lead to this machine, to a neighbour, or to where a cloud keeps its credentials. Immutable.
 */
public final class AddressGuard {
    /** Networks that are not in the public internet, and those that wrap IPv4 (IANA's special-purpose registries). */
    private static final List<Network> PRIVATE = Network.all(List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/3",
            "::/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/23",
            "2002::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8"));

    private final List<Network> permitted;

    /**
     * @param networks private ones that may be called all the same: {@code 10.0.0.0/8}, {@code fd00::/8}, or one
     *     address
     * @throws IllegalArgumentException if one of them is none
     */
    public AddressGuard(List<String> networks) {
        this.permitted = Network.all(networks);
    }

    /**
     * Tells whether that target may lead to that address.
     *
     * @param host as the target names it, without brackets
     * @param isNamed whether the allow-list names it as well, not by a wildcard: then an address is what was allowed
     */
    public boolean permits(String host, boolean isNamed, InetAddress address) {
        return (isNamed && isSaidItself(host))
                || PRIVATE.stream().noneMatch(network -> network.contains(address))
                || permitted.stream().anyMatch(network -> network.contains(address));
    }

    private static boolean isSaidItself(String host) {
        return host.equalsIgnoreCase("localhost") || Network.isLiteral(host);
    }

    /** Addresses that begin with the same bits. */
    private static final class Network {
        private final byte[] address;
        private final int bits;

        private Network(byte[] address, int bits) {
            this.address = address;
            this.bits = bits;
        }

        static List<Network> all(List<String> texts) {
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
                int most = address.length * 8;
                int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
                if (bits < 0 || bits > most) {
                    throw new IllegalArgumentException(text);
                }
                return new Network(address, bits);
            } catch (IllegalArgumentException bad) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no network; write 10.0.0.0/8, fd00::/8 or one address", bad);
            }
        }

        /** Tells whether the host is an address itself, which needs no look-up. */
        static boolean isLiteral(String host) {
            return host.contains(":") || host.matches("[0-9]+([.][0-9]+){3}");
        }

        boolean contains(InetAddress other) {
            byte[] bytes = other.getAddress();
            if (bytes.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((bytes[bit / 8] & mask) != (address[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
