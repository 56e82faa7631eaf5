package dev.entente.outbox;

import java.net.URI;

/** Who takes messages, as far as caps and circuits go: a carrier and whom it connects to, not what it says there. */
final class Destination {
    /** Enough for a host; an index keeps it. */
    private static final int MOST_CHARS = 300;

    private Destination() {}

    /** Of one URL the scheme, the host and the port. */
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
