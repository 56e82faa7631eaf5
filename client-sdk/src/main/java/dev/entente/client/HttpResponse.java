package dev.entente.client;

/**
 * What a branch that is called over HTTP will have answered: JSON whose parts can be bound into later requests, with
 * {@link HttpCall#set} and {@link HttpCall#require}. Immutable.
 */
public final class HttpResponse {
    private final String branch;

    HttpResponse(String branch) {
        this.branch = branch;
    }

    /**
     * A part of it.
     *
     * @param pointer RFC 6901, such as {@code /payment/id}
     * @throws IllegalArgumentException if it does not begin with a slash
     */
    public Part at(String pointer) {
        return new Part(branch, HttpCall.pointer(pointer));
    }

    /** All of it. */
    public Part whole() {
        return new Part(branch, "");
    }

    /**
     * A part of an answer that is not there yet.
     *
     * @param branch whose answer
     * @param pointer where in it; empty for all of it
     */
    public record Part(String branch, String pointer) {}
}
