/** Why a request is aborted whose backend sends more than is wanted, or too late: it may go on all the same, so that nothing else is to share its connection. */
export class GivenUp extends Error {}
