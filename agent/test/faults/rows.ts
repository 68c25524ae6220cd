import type { Row } from './row.ts'
import { answers } from './rows/answers.ts'
import { kills } from './rows/kills.ts'
import { orders } from './rows/orders.ts'
import { stalls } from './rows/stalls.ts'
import { troublesOfRedis } from './rows/troubles-of-redis.ts'

/** All rows of the fault table. */
export const rows: readonly Row[] = [...kills, ...troublesOfRedis, ...answers, ...stalls, ...orders]
