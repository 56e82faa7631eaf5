package dev.entente.outbox;

import java.net.URI;

/**
 * The key by which limits and circuits tell receivers apart: a carrier and the address it connects to, without the
 * path.
 */
final class Destination {
    /** Enough for a host; an index keeps it. */
    private static final int MOST_CHARS = 300;

    private Destination() {}

    /** Names the destination of an address; for a URL its scheme, host and port. */
    static String of(String carrier, String address) {
        String place = carrier.equals(OutboxMessage.HTTP) ? authority(address) : address;
        String destination = (carrier + " " + place).strip();
        return destination.length() <= MOST_CHARS ? destination : destination.substring(0, MOST_CHARS);
    }

    private static String authority(String url) {
        URI parsed = URI.create(url);
        return parsed.getScheme() + "://" + parsed.getRawAuthority();
    }
}
