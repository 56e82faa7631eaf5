----------------------------- MODULE Requiring -----------------------------
(***************************************************************************)
(* A saga, one step after another, some of whose undos require the         *)
(* response of an earlier step. The undo cannot be built without it.       *)
(*                                                                         *)
(* The owner may die at any moment. Its successor sees what is durable:    *)
(* whatever may have been called must be undone, and what it takes to      *)
(* undo it must be there. So a step is called only when every response     *)
(* that its undo requires is on record; and who takes over and does not    *)
(* find one on record knows that the step was never called.                *)
(*                                                                         *)
(* Participants here keep no answer: asked again, they give another one.   *)
(*                                                                         *)
(* What is shown: no step that stands is left out, every undo that has to  *)
(* leave can be built, and it carries the response that is on record.      *)
(*                                                                         *)
(* As in Turning every owner writes and calls only while it is the owner,  *)
(* and the calls of those before it may arrive at any time. What turns the *)
(* saga (a refusal, an abort, its deadline) makes no difference here: it   *)
(* may turn at any moment.                                                 *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Size,          \* how many steps; they are 1 .. Size, one after another
    Requires,      \* pairs: the undo of the first requires the response of the second
    Responses,     \* what a participant may answer; not 0
    TakeOvers,     \* how often the owner may die
    Mutant         \* the rule that is forgotten, or "none"

Broken(rule) == Mutant = rule

Step == 1 .. Size
Unknown == 0

\* The third needs what the first has answered, the second what it has answered as well.
ThirdAndSecond == {<<3, 1>>, <<2, 1>>}
\* The third alone.
ThirdAlone == {<<3, 1>>}

Required(b) == {a \in Step : <<b, a>> \in Requires}

VARIABLES
    row,        \* what is durable: state; of each step, how far it is and what it has answered
    mem,        \* the same as the present owner has it, and the calls whose answers it awaits
    calls,      \* every call that ever left; each may arrive at any time, any number of times
    part,       \* of each step: new, done, undone
    left        \* how many more owners may die

vars == <<row, mem, calls, part, left>>

(* PENDING, CALLED (by this owner, or it may be), DONE, UNDONE, SKIPPED *)
Untouched == [state |-> "RUNNING", step |-> [b \in Step |-> "PENDING"], response |-> [b \in Step |-> Unknown]]

Init ==
    /\ row = Untouched
    /\ mem = [p |-> Untouched, awaits |-> {}]
    /\ calls = {}
    /\ part = [b \in Step |-> "new"]
    /\ left = TakeOvers

Ends == {"SUCCEEDED", "ABORTED"}
IsEnded == row.state \in Ends
p == mem.p

Needs(b) == p.step[b] \in {"CALLED", "DONE"}

---------------------------------------------------------------------------
(* Forward *)

(* Its own response cannot be there before its call. (RequiredResponses.isOpen) *)
IsGateOpen(b) == \A a \in Required(b) \ {b} : row.step[a] = "DONE"

CallForward(b) ==
    /\ p.state = "RUNNING"
    /\ p.step[b] \in {"PENDING", "CALLED"} /\ b \notin mem.awaits
    /\ b > 1 => p.step[b - 1] = "DONE"
    /\ IsGateOpen(b) \/ Broken("undo-requirement-not-durable")
    /\ calls' = calls \cup {[op |-> "forward", step |-> b, carries |-> {}]}
    /\ mem' = [p |-> [p EXCEPT !.step[b] = "CALLED"], awaits |-> mem.awaits \cup {b}]
    /\ UNCHANGED <<row, part, left>>

(* The answer is lost, or late. *)
TimeOut(b) ==
    /\ b \in mem.awaits
    /\ mem' = [mem EXCEPT !.awaits = @ \ {b}]
    /\ UNCHANGED <<row, calls, part, left>>

Complete ==
    /\ p.state = "RUNNING" /\ \A b \in Step : p.step[b] = "DONE"
    /\ mem' = [mem EXCEPT !.p.state = "SUCCEEDED"]
    /\ UNCHANGED <<row, calls, part, left>>

---------------------------------------------------------------------------
(* Turning *)

(* With no call of its own under way. The decision holds the list of those that may have been called. *)
Turn ==
    /\ p.state = "RUNNING" /\ mem.awaits = {}
    /\ mem' = [mem EXCEPT !.p.state = "UNDOING",
                          !.p.step = [b \in Step |-> IF p.step[b] = "PENDING" THEN "SKIPPED" ELSE p.step[b]]]
    /\ UNCHANGED <<row, calls, part, left>>

(* Once the decision is durable, the last first; with what it requires, or it is stuck. (Settling.callInOrder, Calls.start) *)
CallUndo(b) ==
    /\ p.state = "UNDOING" /\ row.state = "UNDOING" /\ Needs(b)
    /\ \A c \in b + 1 .. Size : ~Needs(c)
    /\ \A a \in Required(b) : p.response[a] # Unknown
    /\ calls' = calls \cup {[op |-> "undo", step |-> b, carries |-> {<<a, p.response[a]>> : a \in Required(b)}]}
    /\ UNCHANGED <<row, mem, part, left>>

Undone ==
    /\ p.state = "UNDOING" /\ \A b \in Step : ~Needs(b)
    /\ mem' = [mem EXCEPT !.p.state = "ABORTED"]
    /\ UNCHANGED <<row, calls, part, left>>

(* Progress is written behind, or because a gate waits; an end is written, too. *)
Flush ==
    /\ ~IsEnded /\ row # p
    /\ row' = p
    /\ UNCHANGED <<mem, calls, part, left>>

(* Nobody can have called it, nor what comes after it: a response that its undo requires is not on record. (Suspicion.of) *)
IsUncalled(b) ==
    /\ ~Broken("requirement-forgotten-at-takeover")
    /\ \E c \in 1 .. b : row.step[c] = "PENDING" /\ ~IsGateOpen(c)

(* The owner died. Its successor sees what is durable, and takes for called what may have been. *)
Suspected(b) ==
    IF row.state = "RUNNING" /\ row.step[b] = "PENDING" /\ ~IsUncalled(b) THEN "CALLED" ELSE row.step[b]
TakeOver ==
    /\ ~IsEnded /\ left > 0
    /\ left' = left - 1
    /\ mem' = [p |-> [row EXCEPT !.step = [b \in Step |-> Suspected(b)]], awaits |-> {}]
    /\ UNCHANGED <<row, calls, part>>

---------------------------------------------------------------------------
(* Participants: what was undone refuses its forward call *)

(* Heard by the owner, if it waits for it, or not. *)
HearDone(b, response) ==
    \/ UNCHANGED mem
    \/ /\ b \in mem.awaits
       /\ mem' = [p |-> [p EXCEPT !.step[b] = "DONE", !.response[b] = response], awaits |-> mem.awaits \ {b}]

ArriveForward(b) ==
    IF part[b] = "undone" THEN UNCHANGED <<part, mem>>
    ELSE part' = [part EXCEPT ![b] = "done"] /\ \E response \in Responses : HearDone(b, response)

ArriveUndo(b) ==
    /\ part' = [part EXCEPT ![b] = "undone"]
    /\ \/ UNCHANGED mem
       \/ p.state = "UNDOING" /\ Needs(b) /\ mem' = [mem EXCEPT !.p.step[b] = "UNDONE"]

Arrive(c) ==
    /\ IF c.op = "forward" THEN ArriveForward(c.step) ELSE ArriveUndo(c.step)
    /\ UNCHANGED <<row, calls, left>>

Next ==
    \/ Complete \/ Turn \/ Undone \/ Flush \/ TakeOver
    \/ \E b \in Step : CallForward(b) \/ TimeOut(b) \/ CallUndo(b)
    \/ \E c \in calls : Arrive(c)

Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
L2 == \A c \in calls : c.op = "undo" => row.state \in {"UNDOING", "ABORTED"}

(* Whatever is left to be undone can be: nobody parks for want of a response. *)
UndoCanBeBuilt ==
    p.state = "UNDOING" => \A b \in Step : Needs(b) => \A a \in Required(b) : p.response[a] # Unknown

(* An undo carries what is on record, whoever sends it. *)
CarriesTheRecord == \A c \in calls : \A sent \in c.carries : sent[2] = row.response[sent[1]]

AllOrNothing ==
    /\ row.state = "SUCCEEDED" => \A b \in Step : part[b] = "done"
    /\ row.state = "ABORTED" => \A b \in Step : part[b] # "done"

L5Forever == [][IsEnded => row' = row]_row
============================================================================
