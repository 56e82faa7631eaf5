package dev.entente.server.console;

import dev.entente.server.console.part.Part;

/**
 * A page before it is written.
 *
 * @param status of HTTP
 * @param page what its template shows; of a 303 where it leads
 * @param cookie that it sets, as the header has it; empty for none
 */
record View(Frame frame, int status, String template, Object page, String cookie) {
    View(Frame frame, int status, String template, Object page) {
        this(frame, status, template, page, "");
    }

    static View of(Frame frame, String template, Object page) {
        return new View(frame, 200, template, page);
    }

    /** Makes a page whose URL asks for a part: 400 where the API cannot understand that. */
    static View of(Frame frame, String template, Object page, Part<?> asked) {
        return new View(frame, asked.isMalformed() ? 400 : 200, template, page);
    }

    /** Leads to another page of the console. */
    static View to(Frame frame, String target) {
        return to(frame, target, "");
    }

    static View to(Frame frame, String target, String cookie) {
        return new View(frame, 303, "", target, cookie);
    }

    /**
     * Makes a page that only says something.
     *
     * @param key of its texts: {@code message.KEY.title} and {@code message.KEY.text}
     * @param detail may be empty
     */
    static View message(Frame frame, int status, String key, String detail) {
        return new View(
                frame,
                status,
                "message.jte",
                new MessagePage(frame.t("message." + key + ".title"), frame.t("message." + key + ".text"), detail));
    }
}
