package dev.entente.server.console;

/** The paths of pages below the console's root. */
final class PagePaths {
    static final String OPERATION = "transaction/operation";
    static final String OPERATION_ON_MANY = "transactions/operation";
    static final String NEW = "new";
    static final String PAYLOAD = "transaction/payload";
    static final String SIGN_IN = "sign-in";
    static final String SIGN_OUT = "sign-out";

    private PagePaths() {}
}
