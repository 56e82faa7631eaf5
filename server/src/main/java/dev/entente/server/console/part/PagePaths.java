package dev.entente.server.console.part;

/** The paths of pages below the console's root. */
public final class PagePaths {
    public static final String OPERATION = "transaction/operation";
    public static final String OPERATION_ON_MANY = "transactions/operation";
    public static final String NEW = "new";
    public static final String PAYLOAD = "transaction/payload";
    public static final String SIGN_IN = "sign-in";
    public static final String SIGN_OUT = "sign-out";

    private PagePaths() {}
}
