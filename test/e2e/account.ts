/** What a person does with codes, account and backup. */
import { expect } from 'playwright/test'
import type { Person } from './people.ts'

export const password = 'seven grey herons at dusk'

export async function addByCode({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'New', exact: true }).click()
  await page.getByRole('menuitem', { name: /Add by code/ }).click()
}

export async function openSettings({ page }: Person, section: string): Promise<void> {
  await page.keyboard.press('Control+,')
  await page.getByRole('tab', { name: section }).click()
}

/** The own code, made if there is none. */
export async function getCode(person: Person, relay: string): Promise<string> {
  const { page } = person
  await addByCode(person)
  await page.getByRole('tab', { name: 'Your code' }).click()
  await page.getByLabel('Which relay gives it out?').fill(relay)
  await page.getByRole('button', { name: 'Get a code' }).click()
  await expect(page.getByText(/· connected$/)).toBeVisible()
  const code = await page.locator('.big-code [aria-hidden]').innerText()
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()
  return code
}

/** The code gets a password, and everything is saved; the settings stay open. */
export async function protect(person: Person): Promise<void> {
  const { page } = person
  await openSettings(person, 'Code & backup')
  await page.getByRole('button', { name: 'Protect with a password…' }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('The same once more').fill(password)
  await page.getByRole('button', { name: 'Make backup' }).click()
  await expect(page.getByText('Everything is saved')).toBeVisible()
}
